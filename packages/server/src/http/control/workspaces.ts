import { publicId } from '@heed/core'
import {
  listQuery,
  newWorkspace,
  Problem,
  type Workspace,
  workspace,
  workspaceChange,
  workspaceCreated,
  workspacePage,
} from '@heed/protocol'
import type { AccessParts } from '../../access/access-parts.ts'
import { createWorkspace } from '../../access/create-workspace.ts'
import type { Principal } from '../../access/principal.ts'
import { renameWorkspace } from '../../access/rename-workspace.ts'
import { findWorkspace, type WorkspaceRow } from '../../access/workspaces.store.ts'
import type { App } from '../app.ts'
import { callerOf } from '../authenticate-call.ts'
import { idFromPath, idParams } from './call-ids.ts'

const tags = ['workspaces']

/** A token sees one workspace, its own; the list has one row. */
export function workspaceRoutes(app: App, parts: AccessParts): void {
  app.get(
    '/api/v1/workspaces',
    {
      config: { scope: 'any' },
      schema: {
        tags,
        summary: "The token's workspace.",
        querystring: listQuery,
        response: { 200: workspacePage },
      },
    },
    async (call) => ({ data: [await showOwn(parts, callerOf(call))], nextCursor: null }),
  )
  app.post(
    '/api/v1/workspaces',
    {
      config: { scope: 'workspaces:write' },
      schema: {
        tags,
        summary: 'Make a workspace, with its first token.',
        body: newWorkspace,
        response: { 200: workspaceCreated, 201: workspaceCreated },
      },
    },
    async (call, reply) => {
      const { name } = call.body
      const made = await createWorkspace(parts, {
        principal: callerOf(call),
        name,
        idempotencyKey: call.idempotencyKey,
      })
      const row = await findWorkspace(parts.pool, made.workspaceId)
      return reply.code(made.token === null ? 200 : 201).send({ ...show(found(row)), token: made.token })
    },
  )
  app.get(
    '/api/v1/workspaces/:id',
    {
      config: { scope: 'any' },
      schema: { tags, summary: 'One workspace.', params: idParams, response: { 200: workspace } },
    },
    async (call) => {
      refuseOther(callerOf(call), call.params.id)
      return showOwn(parts, callerOf(call))
    },
  )
  app.patch(
    '/api/v1/workspaces/:id',
    {
      config: { scope: 'workspaces:write' },
      schema: {
        tags,
        summary: 'Rename it.',
        params: idParams,
        body: workspaceChange,
        response: { 200: workspace },
      },
    },
    async (call) => {
      refuseOther(callerOf(call), call.params.id)
      return show(await renameWorkspace(parts, { principal: callerOf(call), name: call.body.name }))
    },
  )
}

/** Another workspace is not forbidden but not there: nobody learns which exist. */
function refuseOther(principal: Principal, id: string): void {
  if (idFromPath('wsp', id) !== principal.workspaceId) found(null)
}

async function showOwn({ pool }: AccessParts, { workspaceId }: Principal): Promise<Workspace> {
  return show(found(await findWorkspace(pool, workspaceId)))
}

function found(row: WorkspaceRow | null): WorkspaceRow {
  if (row === null) throw new Problem('not-found', 'There is no such workspace.')
  return row
}

function show({ workspaceId, name, createdAt }: WorkspaceRow): Workspace {
  return { id: publicId('wsp', workspaceId), name, createdAt: createdAt.toISOString() }
}
