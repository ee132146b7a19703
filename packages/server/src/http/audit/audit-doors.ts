import {
  type AuditEntries,
  type AuditLogQuery,
  auditEntries,
  auditEntriesQuery,
  auditLogQuery,
  auditProof,
  auditProofQuery,
  heedKeys,
  Problem,
} from '@heed/protocol'
import type { Pool } from 'pg'
import { z } from 'zod'
import { checkpointNote } from '../../audit/checkpoint.store.ts'
import { leavesFrom, type StoredLeaf } from '../../audit/leaves.store.ts'
import { proveInLog } from '../../audit/prove-in-log.ts'
import { publishedKeys } from '../../audit/published-keys.ts'
import { readTile } from '../../audit/read-tile.ts'
import { type ShownLog, shownLog } from '../../audit/shown-log.ts'
import { inTransaction, type Transaction } from '../../store/transaction.ts'
import type { App } from '../app.ts'

const tags = ['audit']
const config = { scope: 'audit:read' } as const

/** The log of the caller's workspace, and the keys that its checkpoints and receipts are verified with. */
export function auditDoors(app: App, { pool }: { readonly pool: Pool }): void {
  checkpointRoute(app, pool)
  tileRoute(app, pool)
  entriesRoute(app, pool)
  proofRoute(app, pool)
  keysRoute(app, pool)
}

function checkpointRoute(app: App, pool: Pool): void {
  app.get(
    '/api/v1/audit/checkpoint',
    {
      config,
      schema: {
        tags,
        summary: 'The newest signed state of the audit log, as a C2SP checkpoint.',
        produces: ['text/plain'],
        querystring: auditLogQuery,
        response: { 200: z.string() },
      },
    },
    async (call, reply) => {
      const note = await reading(pool, call, (client, { log }) => checkpointNote(client, log))
      if (note === null) throw new Problem('not-found', 'Nothing has been signed yet; ask again in a second.')
      return reply
        .type('text/plain; charset=utf-8')
        .header('cache-control', 'no-store')
        .serializer(String)
        .send(note)
    },
  )
}

function tileRoute(app: App, pool: Pool): void {
  app.get(
    '/api/v1/audit/tile/*',
    {
      config,
      schema: {
        tags,
        summary: 'Hashes or entries of the log, at the paths of C2SP tlog-tiles.',
        produces: ['application/octet-stream'],
        params: z.object({ '*': z.string().max(100).describe('e.g. 0/x001/234.p/5 or entries/000') }),
        querystring: auditLogQuery,
        response: { 200: z.custom<Buffer>() },
      },
    },
    async (call, reply) => {
      const path = `tile/${call.params['*']}`
      const bytes = await reading(pool, call, (client, shown) => readTile(client, shown, path))
      return reply.type('application/octet-stream').send(bytes)
    },
  )
}

function entriesRoute(app: App, pool: Pool): void {
  app.get(
    '/api/v1/audit/entries',
    {
      config,
      schema: {
        tags,
        summary: 'Leaves of the log, oldest first, as far as the newest checkpoint covers them.',
        querystring: auditEntriesQuery,
        response: { 200: auditEntries },
      },
    },
    (call) => {
      const { limit, cursor } = call.query
      const start = cursor === undefined ? call.query.start : Number(cursor)
      return reading(pool, call, async (client, shown) => {
        const most = Math.max(0, Math.min(limit, shown.size - start))
        return entriesAnswer(await leavesFrom(client, shown.log, { start, limit: most }), shown)
      })
    },
  )
}

function entriesAnswer(leaves: readonly StoredLeaf[], { size }: ShownLog): AuditEntries {
  const next = (leaves.at(-1)?.leaf ?? size) + 1
  return {
    data: leaves.map(({ leaf, entry, leafHash, lastModified }) => ({
      leaf,
      entry,
      leafHash: leafHash.toString('base64'),
      lastModified: new Date(lastModified).toISOString(),
    })),
    nextCursor: next < size ? String(next) : null,
  }
}

function proofRoute(app: App, pool: Pool): void {
  app.get(
    '/api/v1/audit/proof',
    {
      config,
      schema: {
        tags,
        summary: 'Proves that a leaf is in the log (leaf, size), or that it only grew (from, to).',
        querystring: auditProofQuery,
        response: { 200: auditProof },
      },
    },
    (call) => reading(pool, call, (client, shown) => proveInLog(client, shown, call.query)),
  )
}

function keysRoute(app: App, pool: Pool): void {
  app.get(
    '/.well-known/heed-keys.json',
    {
      schema: {
        tags,
        summary: 'The public keys that sign checkpoints and receipts, retired ones too.',
        response: { 200: heedKeys },
      },
    },
    async (_call, reply) => {
      const keys = await inTransaction(pool, publishedKeys)
      return reply.header('cache-control', 'public, max-age=60').send({ keys: [...keys] })
    },
  )
}

/** Hands the log that the call names, or the newest one, to `read`. */
function reading<Result>(
  pool: Pool,
  call: { readonly workspaceId: string; readonly query: AuditLogQuery },
  read: (client: Transaction, shown: ShownLog) => Promise<Result>,
): Promise<Result> {
  const which = { workspaceId: call.workspaceId, logNo: call.query.log ?? null }
  return inTransaction(pool, async (client) => read(client, await shownLog(client, which)))
}
