import { publicId } from '@heed/core'
import {
  type ApiToken,
  apiToken,
  listQuery,
  newToken,
  Problem,
  tokenCreated,
  tokenPage,
} from '@heed/protocol'
import { z } from 'zod'
import type { AccessParts } from '../../access/access-parts.ts'
import { createToken } from '../../access/create-token.ts'
import { revokeToken } from '../../access/revoke-token.ts'
import { findToken, listTokens, type TokenRow } from '../../access/tokens.store.ts'
import type { App } from '../app.ts'
import { callerOf } from '../authenticate-call.ts'
import { idFromPath, idParams } from './call-ids.ts'
import { listAnswer, pageStart } from './list-answer.ts'

const tags = ['tokens']
const config = { scope: 'tokens:write' } as const

export function tokenRoutes(app: App, parts: AccessParts): void {
  app.get(
    '/api/v1/tokens',
    {
      config,
      schema: {
        tags,
        summary: 'Every token, revoked ones too.',
        querystring: listQuery,
        response: { 200: tokenPage },
      },
    },
    async ({ query, workspaceId }) => {
      const rows = await listTokens(parts.pool, {
        workspaceId,
        after: pageStart('tok', query),
        limit: query.limit,
      })
      return listAnswer(rows, { limit: query.limit, prefix: 'tok', idOf: (row) => row.tokenId, show })
    },
  )
  app.post(
    '/api/v1/tokens',
    {
      config,
      schema: {
        tags,
        summary: 'Make a token; it is shown once.',
        body: newToken,
        response: { 200: tokenCreated, 201: tokenCreated },
      },
    },
    async (call, reply) => {
      const made = await createToken(parts, {
        principal: callerOf(call),
        token: call.body,
        idempotencyKey: call.idempotencyKey,
      })
      const row = await findToken(parts.pool, { workspaceId: call.workspaceId, tokenId: made.tokenId })
      return reply.code(made.token === null ? 200 : 201).send({ ...show(found(row)), token: made.token })
    },
  )
  app.get(
    '/api/v1/tokens/:id',
    { config, schema: { tags, summary: 'One token.', params: idParams, response: { 200: apiToken } } },
    async ({ params, workspaceId }) =>
      show(found(await findToken(parts.pool, { workspaceId, tokenId: idFromPath('tok', params.id) }))),
  )
  app.delete(
    '/api/v1/tokens/:id',
    {
      config,
      schema: { tags, summary: 'Revoke it, at once.', params: idParams, response: { 204: z.null() } },
    },
    async (call, reply) => {
      await revokeToken(parts, { principal: callerOf(call), tokenId: idFromPath('tok', call.params.id) })
      return reply.code(204).send(null)
    },
  )
}

function found(row: TokenRow | null): TokenRow {
  if (row === null) throw new Problem('not-found', 'This workspace has no such token.')
  return row
}

function show(row: TokenRow): ApiToken {
  return {
    id: publicId('tok', row.tokenId),
    name: row.name,
    scopes: [...row.scopes],
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  }
}
