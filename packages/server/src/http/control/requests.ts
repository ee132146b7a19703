import { publicId } from '@heed/core'
import { listQuery, newRequest, Problem, type Request, request, requestPage } from '@heed/protocol'
import type pg from 'pg'
import { openRequest } from '../../requests/open-request.ts'
import type { RequestParts } from '../../requests/opening.ts'
import { type RequestRow, requestsIn } from '../../requests/requests.store.ts'
import type { App } from '../app.ts'
import { idFromPath, idParams } from './call-ids.ts'
import { listAnswer, pageStart } from './list-answer.ts'

const tags = ['requests']

export function requestRoutes(app: App, parts: RequestParts & { readonly pool: pg.Pool }): void {
  app.post(
    '/api/v1/requests',
    {
      config: { scope: 'requests:write' },
      schema: {
        tags,
        summary:
          'Open a request for a person; suppress and unsuppress are in effect on every node when this answers.',
        body: newRequest,
        response: { 200: request, 201: request },
      },
    },
    async (call, reply) => {
      const { workspaceId, actor, idempotencyKey, body } = call
      const opened = await openRequest(parts, { workspaceId, actor, idempotencyKey, request: body })
      return reply.code(opened.isNew ? 201 : 200).send(show(opened.request))
    },
  )
  app.get(
    '/api/v1/requests',
    {
      config: { scope: 'requests:read' },
      schema: {
        tags,
        summary: 'Requests, newest first.',
        querystring: listQuery,
        response: { 200: requestPage },
      },
    },
    async ({ query, workspaceId }) => {
      const before = pageStart('req', query)
      const rows = await requestsIn(parts.pool, workspaceId).list({ before, limit: query.limit })
      return listAnswer(rows, { limit: query.limit, prefix: 'req', idOf: (row) => row.requestId, show })
    },
  )
  app.get(
    '/api/v1/requests/:id',
    {
      config: { scope: 'requests:read' },
      schema: { tags, summary: 'One request.', params: idParams, response: { 200: request } },
    },
    async ({ params, workspaceId }) => {
      const row = await requestsIn(parts.pool, workspaceId).find(idFromPath('req', params.id))
      if (row === null) throw new Problem('not-found', 'This workspace has no such request.')
      return show(row)
    },
  )
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
