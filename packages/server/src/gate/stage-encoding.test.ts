import { randomBytes, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { testDatabase } from '../testing/test-database.ts'
import { copyToStage, readyStage } from './finish-stage.ts'
import type { StageRow } from './stage-encoding.ts'

const db = await testDatabase()

const text = fc
  .string({ unit: 'grapheme', maxLength: 60 })
  .filter((one) => !one.includes('\0') && one.isWellFormed())
const row: fc.Arbitrary<StageRow> = fc.record({
  ord: fc.constant(0),
  workspaceId: fc.constant(randomUUID()),
  sourceId: fc.constant(randomUUID()),
  id: fc.constant(randomUUID()),
  subjectId: fc.option(fc.constant(randomUUID())),
  keyId: fc.option(fc.constant(randomUUID())),
  ownerDigest: fc.option(fc.constant(randomBytes(16))),
  digests: fc.array(fc.constant(randomBytes(16)), { maxLength: 12 }),
  roles: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 12 }),
  hasUserId: fc.boolean(),
  messageDigest: fc.option(fc.constant(randomUUID()).map((id) => Buffer.from(id.replaceAll('-', ''), 'hex'))),
  type: fc.constantFrom('track', 'identify'),
  name: fc.option(text),
  eventAt: fc.integer({ min: Date.UTC(1970, 0), max: Date.UTC(9999, 11) }),
  clientAt: fc.integer({ min: Date.UTC(1970, 0), max: Date.UTC(9999, 11) }),
  receivedAt: fc.integer({ min: Date.UTC(1970, 0), max: Date.UTC(9999, 11) }),
  arrivedAt: fc.integer({ min: Date.UTC(1970, 0), max: Date.UTC(9999, 11) }),
  isRecorded: fc.boolean(),
  ifSuppressed: fc.constantFrom('refuse', 'store', 'move'),
  campaign: fc.option(text),
  revenue: fc.option(fc.constantFrom('0', '-1.5', '99999999999999.99')),
  currency: fc.option(fc.constantFrom('EUR', 'USD')),
  sealed: fc.option(fc.uint8Array({ maxLength: 3_000 }).map((bytes) => Buffer.from(bytes))),
  purchaseKind: fc.option(fc.constantFrom('order', 'refund')),
  orderSealed: fc.option(fc.uint8Array({ maxLength: 90 }).map((bytes) => Buffer.from(bytes))),
})

test('PostgreSQL reads back every row as it was written', async () => {
  const client = await db.ingestPool.connect()
  onTestFinished(() => client.release(true))
  await readyStage(client)
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 8 }), async (drawn) => {
      const rows = drawn.map((one, ord) => ({
        ...one,
        ord,
        roles: one.digests.map((_, at) => one.roles[at] ?? 1),
      }))
      await client.query('begin')
      await copyToStage(client, rows)
      const { rows: read } = await client.query(
        `select ord, workspace_id as "workspaceId", source_id as "sourceId", id, subject_id as "subjectId", key_id as "keyId",
                owner_digest as "ownerDigest", digests, roles, has_user_id as "hasUserId", uuid_send(message_digest) as "messageDigest", type, name,
                event_at as "eventAt", client_at as "clientAt", received_at as "receivedAt", arrived_at as "arrivedAt",
                is_recorded as "isRecorded", if_suppressed as "ifSuppressed", campaign, revenue, currency, sealed,
                purchase_kind as "purchaseKind", order_sealed as "orderSealed"
         from stage order by ord`,
      )
      await client.query('commit')
      const times = ['eventAt', 'clientAt', 'receivedAt', 'arrivedAt']
      for (const one of read) for (const time of times) one[time] = one[time].getTime()
      expect(read).toEqual(rows)
    }),
    { numRuns: 60 },
  )
})
