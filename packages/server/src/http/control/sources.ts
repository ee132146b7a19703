import { publicId } from '@heed/core'
import {
  listQuery,
  newSource,
  Problem,
  type Source,
  source,
  sourceChange,
  sourcePage,
  sourceWithKey,
} from '@heed/protocol'
import type { AccessParts } from '../../access/access-parts.ts'
import { changeSource } from '../../access/change-source.ts'
import { createSource } from '../../access/create-source.ts'
import { findSource, listSources, type SourceRow } from '../../access/sources.store.ts'
import type { App } from '../app.ts'
import { callerOf } from '../authenticate-call.ts'
import { idFromPath, idParams } from './call-ids.ts'
import { listAnswer, pageStart } from './list-answer.ts'

const tags = ['sources']
const config = { scope: 'sources:write' } as const

export function sourceRoutes(app: App, parts: AccessParts): void {
  app.get(
    '/api/v1/sources',
    {
      config,
      schema: { tags, summary: 'Every source.', querystring: listQuery, response: { 200: sourcePage } },
    },
    async ({ query, workspaceId }) => {
      const rows = await listSources(parts.pool, {
        workspaceId,
        after: pageStart('src', query),
        limit: query.limit,
      })
      return listAnswer(rows, { limit: query.limit, prefix: 'src', idOf: (row) => row.sourceId, show })
    },
  )
  app.post(
    '/api/v1/sources',
    {
      config,
      schema: {
        tags,
        summary: 'Make a source; its write key is shown once.',
        body: newSource,
        response: { 200: sourceWithKey, 201: sourceWithKey },
      },
    },
    async (call, reply) => {
      const made = await createSource(parts, {
        principal: callerOf(call),
        source: call.body,
        idempotencyKey: call.idempotencyKey,
      })
      const row = await findSource(parts.pool, { workspaceId: call.workspaceId, sourceId: made.sourceId })
      return reply
        .code(made.writeKey === null ? 200 : 201)
        .send({ ...show(found(row)), writeKey: made.writeKey })
    },
  )
  app.get(
    '/api/v1/sources/:id',
    { config, schema: { tags, summary: 'One source.', params: idParams, response: { 200: source } } },
    async ({ params, workspaceId }) =>
      show(found(await findSource(parts.pool, { workspaceId, sourceId: idFromPath('src', params.id) }))),
  )
  app.patch(
    '/api/v1/sources/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Change what is named: limits, switches, write key.',
        params: idParams,
        body: sourceChange,
        response: { 200: sourceWithKey },
      },
    },
    async (call) => {
      const sourceId = idFromPath('src', call.params.id)
      const changed = await changeSource(parts, { principal: callerOf(call), sourceId, change: call.body })
      return { ...show(changed.source), writeKey: changed.writeKey }
    },
  )
}

function found(row: SourceRow | null): SourceRow {
  if (row === null) throw new Problem('not-found', 'This workspace has no such source.')
  return row
}

function show({ sourceId, name, trust, settings, enabled, createdAt }: SourceRow): Source {
  const id = publicId('src', sourceId)
  return { id, name, trust, settings: { ...settings }, enabled, createdAt: createdAt.toISOString() }
}
