import { publicId } from '@heed/core'
import {
  approval,
  listQuery,
  newRequest,
  Problem,
  type Request,
  type RequestWithTasks,
  requestPage,
  requestWithTasks,
  reversal,
} from '@heed/protocol'
import type pg from 'pg'
import { z } from 'zod'
import { approveRequest } from '../../requests/approve-request.ts'
import { cancelRequest } from '../../requests/cancel-request.ts'
import { openRequest } from '../../requests/open-request.ts'
import type { RequestParts } from '../../requests/opening.ts'
import { type RequestRow, requestsIn } from '../../requests/requests.store.ts'
import { reverseRequest } from '../../requests/reverse-request.ts'
import { type ListedTask, tasksOf } from '../../requests/tasks.store.ts'
import type { App } from '../app.ts'
import { idFromPath, idParams } from './call-ids.ts'
import { listAnswer, pageStart } from './list-answer.ts'

const tags = ['requests']
const mayRead = { scope: 'requests:read' } as const
const mayWrite = { scope: 'requests:write' } as const

export type RequestRouteParts = RequestParts & {
  readonly pool: pg.Pool
  readonly issueReceipts: (request: {
    readonly workspaceId: string
    readonly requestId: string
  }) => Promise<unknown>
}

export function requestRoutes(app: App, parts: RequestRouteParts): void {
  app.post(
    '/api/v1/requests',
    {
      config: mayWrite,
      schema: {
        tags,
        summary:
          'Open a request for a person; what it says is in effect on every node when this answers. An erase has made ' +
          'what is stored of them unreadable by then.',
        body: newRequest,
        response: { 200: requestWithTasks, 201: requestWithTasks },
      },
    },
    async (call, reply) => {
      const { workspaceId, actor, idempotencyKey, body } = call
      const opened = await openRequest(parts, { workspaceId, actor, idempotencyKey, request: body })
      await receipt(parts, workspaceId, opened.request)
      return reply.code(opened.isNew ? 201 : 200).send(await withTasks(parts, workspaceId, opened.request))
    },
  )
  readingRoutes(app, parts)
  changingRoutes(app, parts)
}

function readingRoutes(app: App, { pool }: RequestRouteParts): void {
  app.get(
    '/api/v1/requests',
    {
      config: mayRead,
      schema: {
        tags,
        summary: 'Requests, newest first.',
        querystring: listQuery,
        response: { 200: requestPage },
      },
    },
    async ({ query, workspaceId }) => {
      const before = pageStart('req', query)
      const rows = await requestsIn(pool, workspaceId).list({ before, limit: query.limit })
      return listAnswer(rows, { limit: query.limit, prefix: 'req', idOf: (row) => row.requestId, show })
    },
  )
  app.get(
    '/api/v1/requests/:id',
    {
      config: mayRead,
      schema: {
        tags,
        summary: 'One request, and what has become of it at each destination.',
        params: idParams,
        response: { 200: requestWithTasks },
      },
    },
    async ({ params, workspaceId }) => {
      const row = await requestsIn(pool, workspaceId).find(idFromPath('req', params.id))
      if (row === null) throw new Problem('not-found', 'This workspace has no such request.')
      return withTasks({ pool }, workspaceId, row)
    },
  )
}

function changingRoutes(app: App, parts: RequestRouteParts): void {
  const response = { 200: requestWithTasks }
  app.post(
    '/api/v1/requests/:id/approve',
    {
      config: mayWrite,
      schema: {
        tags,
        summary: 'Carry out an erase that waits because it names several people or reaches one by hearsay.',
        params: idParams,
        body: approval.nullish(),
        response,
      },
    },
    async (call) => {
      const change = { ...changeOf(call), body: call.body ?? {} }
      return changed(parts, call.workspaceId, await approveRequest(parts, change))
    },
  )
  app.post(
    '/api/v1/requests/:id/cancel',
    {
      config: mayWrite,
      schema: {
        tags,
        summary: 'Take back an erase that has not been carried out yet.',
        params: idParams,
        body: z.strictObject({}).nullish(),
        response,
      },
    },
    async (call) => {
      const change = { ...changeOf(call), body: {} }
      return changed(parts, call.workspaceId, await cancelRequest(parts, change))
    },
  )
  app.post(
    '/api/v1/requests/:id/reverse',
    {
      config: mayWrite,
      schema: {
        tags,
        summary: 'Take back an erase within its time: the person is there again, under every identifier.',
        params: idParams,
        body: reversal.nullish(),
        response,
      },
    },
    async (call) => {
      const change = { ...changeOf(call), body: call.body ?? {} }
      return changed(parts, call.workspaceId, await reverseRequest(parts, change))
    },
  )
}

type Caller = {
  readonly params: { readonly id: string }
  readonly workspaceId: string
  readonly actor: string
  readonly idempotencyKey: string | null
}

function changeOf({ params, workspaceId, actor, idempotencyKey }: Caller) {
  return { workspaceId, actor, idempotencyKey, requestId: idFromPath('req', params.id) }
}

async function changed(
  parts: RequestRouteParts,
  workspaceId: string,
  row: RequestRow,
): Promise<RequestWithTasks> {
  await receipt(parts, workspaceId, row)
  return withTasks(parts, workspaceId, row)
}

/** What is committed is done, with or without its receipt: one that cannot be signed now is issued by a job, which says why. */
async function receipt(
  { issueReceipts }: RequestRouteParts,
  workspaceId: string,
  { requestId }: RequestRow,
): Promise<void> {
  await Promise.allSettled([issueReceipts({ workspaceId, requestId })])
}

async function withTasks(
  { pool }: Pick<RequestRouteParts, 'pool'>,
  workspaceId: string,
  row: RequestRow,
): Promise<RequestWithTasks> {
  const tasks = await tasksOf(pool, workspaceId).ofRequest(row.requestId)
  return { ...show(row), tasks: tasks.map(showTask) }
}

function show(row: RequestRow): Request {
  return {
    id: publicId('req', row.requestId),
    type: row.type,
    status: row.status,
    scope: row.scope.sources === undefined ? {} : { sources: [...row.scope.sources] },
    reason: row.reason,
    identifierCount: row.identifierCount,
    actor: row.actor,
    suppress: row.suppress,
    jurisdiction: row.jurisdiction,
    holdDestinations: row.holdDestinations,
    submittedAt: row.submittedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    dueAt: row.dueAt.toISOString(),
    settledAt: row.settledAt?.toISOString() ?? null,
  }
}

function showTask(task: ListedTask): RequestWithTasks['tasks'][number] {
  return {
    id: publicId('tsk', task.taskId),
    destination: task.destination,
    subjectId: task.subjectId === null ? null : publicId('sub', task.subjectId),
    state: task.state,
    outcome: task.outcome,
    recoverableUntil: task.recoverableUntil?.toISOString() ?? null,
    nextAt: task.dueAt?.toISOString() ?? null,
    createdAt: task.createdAt.toISOString(),
    settledAt: task.settledAt?.toISOString() ?? null,
  }
}
