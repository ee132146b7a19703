import { randomUUID } from 'node:crypto'
import { parsePublicId } from '@heed/core'
import { afterAll, beforeEach, expect, test } from 'vitest'
import type { Asking } from '../asking/asking.ts'
import { linkPeople } from '../identity/link-people.ts'
import { type GateRig, gateRig, item } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { listHolds } from './list-holds.ts'
import { placeHold } from './place-hold.ts'
import { releaseHold } from './release-hold.ts'

const db = await testDatabase()
let rig: GateRig

const DAY_MS = 86_400_000
const REASON = 'Dispute over order 4711 of Ada Lovelace'
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString()

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterAll(() => rig?.close())

async function person(userId: string): Promise<string> {
  await rig.send([item({ userId })])
  const { rows } = await db.pool.query('select subject_id from subject order by created_at desc limit 1')
  return rows[0].subject_id
}

const parts = () => ({ ...rig, now: () => new Date() })

function place(subjectId: string, change: { until?: string; key?: string; reason?: string } = {}) {
  const hold = { reason: change.reason ?? REASON, until: change.until ?? inDays(30) }
  const call = { workspaceId: rig.workspaceId, actor: 'token:test', subjectId, hold }
  return placeHold(parts(), { ...call, idempotencyKey: change.key ?? null })
}

const release = (subjectId: string, holdId: string) =>
  releaseHold(rig.requestParts, { workspaceId: rig.workspaceId, actor: 'token:test', subjectId, holdId })

function list(
  subjectId: string,
  mayReadRestricted = true,
  query: { limit: number; cursor?: string } = { limit: 50 },
) {
  const asking: Asking = {
    pool: db.pool,
    keys: rig.keyStore,
    digestsOf: rig.rings,
    now: () => new Date(),
    newId: rig.newId,
  }
  const asker = { workspaceId: rig.workspaceId, actor: 'token:test', door: 'test', mayReadRestricted }
  return listHolds(asking, asker, { subjectId, query })
}

const factsOf = async (kind: string) =>
  (await db.pool.query('select body, subject_id from outbox where kind = $1', [kind])).rows

test('keeps the reason where only the person’s key opens it', async () => {
  const ada = await person('ada')
  const { holdId } = await place(ada)
  expect((await list(ada)).data).toMatchObject([{ id: `hld_${holdId}`, reason: REASON, isOpen: true }])
  const { rows } = await db.pool.query("select h.* , encode(sealed, 'escape') as text from hold h")
  expect(JSON.stringify(rows)).not.toContain('4711')
  await db.pool.query('delete from subject_key')
  expect((await list(ada)).data).toMatchObject([{ reason: null, isOpen: true }])
})

test('tells the audit log what was placed and released, and not why', async () => {
  const ada = await person('ada')
  const { holdId } = await place(ada)
  await release(ada, holdId)
  await release(ada, holdId)
  const id = `hld_${holdId}`
  expect(await factsOf('hold-placed')).toEqual([
    { subject_id: ada, body: { holdId: id, until: expect.any(String) } },
  ])
  expect(await factsOf('hold-released')).toEqual([{ subject_id: ada, body: { holdId: id } }])
  expect((await list(ada)).data).toMatchObject([{ isOpen: false, releasedBy: 'token:test' }])
})

test('is placed once for one Idempotency-Key', async () => {
  const ada = await person('ada')
  const until = inDays(5)
  const both = [await place(ada, { key: 'k1', until }), await place(ada, { key: 'k1', until })]
  expect(both.map(({ isNew }) => isNew)).toEqual([true, false])
  expect(new Set(both.map(({ holdId }) => holdId)).size).toBe(1)
  await expect(place(ada, { key: 'k1', until: inDays(6) })).rejects.toMatchObject({
    code: 'idempotency-mismatch',
  })
})

test.each([
  ['that has passed', -1, 'passed'],
  ['more than ten years ahead', 3_660, 'ten years'],
])('refuses an end %s', async (_, days, word) => {
  const ada = await person('ada')
  await expect(place(ada, { until: inDays(days) })).rejects.toMatchObject({
    code: 'invalid-body',
    hint: expect.stringContaining(word),
  })
})

test('stands for the whole person, whichever part it was placed on', async () => {
  const [ada, other] = [await person('ada'), await person('a.lovelace')]
  const { holdId } = await place(other)
  const identifiers = [
    { kind: 'userId', value: 'ada' },
    { kind: 'userId', value: 'a.lovelace' },
  ] as const
  const call = { workspaceId: rig.workspaceId, actor: 'token:test', idempotencyKey: null }
  await linkPeople(parts(), { ...call, link: { identifiers: [...identifiers] } })
  expect((await list(ada)).data).toMatchObject([{ id: `hld_${holdId}`, reason: REASON }])
  await release(ada, holdId)
  expect((await list(other)).data).toMatchObject([{ isOpen: false }])
})

test('hides the reason of a restricted person’s hold from tokens without privacy:read', async () => {
  const ada = await person('ada')
  await place(ada)
  await db.pool.query(
    `with asked as (
       insert into request (workspace_id, request_id, type, status, actor, identifier_count, created_at, due_at)
       values ($1, $2, 'restrict', 'running', 'system', 1, now(), now()))
     insert into restriction (workspace_id, subject_id, request_id, since) values ($1, $3, $2, now())`,
    [rig.workspaceId, randomUUID(), ada],
  )
  expect((await list(ada, false)).data).toMatchObject([{ reason: null, isOpen: true }])
  expect((await list(ada, true)).data).toMatchObject([{ reason: REASON }])
})

test('lists newest first, page by page', async () => {
  const ada = await person('ada')
  const placed: string[] = []
  for (const days of [1, 2, 3]) placed.unshift(`hld_${(await place(ada, { until: inDays(days) })).holdId}`)
  const first = await list(ada, true, { limit: 2 })
  const second = await list(ada, true, { limit: 2, cursor: first.nextCursor ?? '' })
  expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(placed)
  expect(second.nextCursor).toBeNull()
})

test('is not found by another person’s id, nor by another workspace', async () => {
  const [ada, bob] = [await person('ada'), await person('bob')]
  const { holdId } = await place(ada)
  await expect(release(bob, holdId)).rejects.toMatchObject({ code: 'not-found' })
  const elsewhere = { workspaceId: randomUUID(), actor: 'token:test', subjectId: ada, holdId }
  await expect(releaseHold(rig.requestParts, elsewhere)).rejects.toMatchObject({ code: 'not-found' })
  expect(parsePublicId('hld', (await list(ada)).data[0]?.id ?? '')).toBe(holdId)
})

test('is refused when a hundred stand, and taken again when one is released', async () => {
  const ada = await person('ada')
  const { holdId } = await place(ada)
  await db.pool.query(
    `insert into hold (workspace_id, hold_id, subject_id, key_id, until_at, created_at, created_by)
     select workspace_id, gen_random_uuid(), subject_id, key_id, until_at, created_at, created_by from hold, generate_series(1, 99)`,
  )
  await expect(place(ada)).rejects.toMatchObject({ code: 'conflict', hint: expect.stringContaining('100') })
  await release(ada, holdId)
  expect(await place(ada)).toMatchObject({ isNew: true })
})
