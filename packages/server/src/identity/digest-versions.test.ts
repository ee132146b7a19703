import { createSecretKey, randomBytes } from 'node:crypto'
import { afterAll, beforeEach, expect, test } from 'vitest'
import type { CollectedItem } from '../collection/collected-item.ts'
import type { Intake } from '../collection/intake.ts'
import { openCollection } from '../collection/open-collection.ts'
import { openRequest } from '../requests/open-request.ts'
import { type GateRig, gateRig, item, optOut } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { digestRing } from './digest-ring.ts'
import { linkPeople } from './link-people.ts'
import type { DigestRings } from './open-digest-ring.ts'

const db = await testDatabase()
let rig: GateRig
/** The same workspace after a release that digests differently: what was said before lies under version 1. */
let later: { intake: Intake; rings: DigestRings }

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
  const { current } = await rig.rings(rig.workspaceId)
  const ring = digestRing([current, { version: 2, normaliser: 1, key: createSecretKey(randomBytes(32)) }])
  const rings = async () => ring
  const intake = await openCollection({
    ...rig,
    database: db,
    rings,
    monotonicMs: () => performance.now(),
  })
  later = { intake, rings }
})
afterAll(() => rig?.close())

const parts = (rings: DigestRings) => ({ ...rig, rings, now: () => new Date() })
const by = () => ({ workspaceId: rig.workspaceId, actor: 'token:test', idempotencyKey: null })

async function kindsLater(...items: CollectedItem[]): Promise<string[]> {
  const arrivedAt = performance.now()
  return (await later.intake.collect({ source: rig.client, items, arrivedAt })).map(({ kind }) => kind)
}

function ask(type: 'suppress' | 'unsuppress', kind: string, value: string) {
  const request = { type, subject: { identifiers: [{ kind, value }] }, scope: {} }
  return openRequest(rig.requestParts, { ...by(), request })
}

test('somebody known by older digests is still one person: they are linked, and their "no" holds under all of them', async () => {
  await rig.send([item({ userId: 'u1', anonymousId: 'a1' }), optOut({ userId: 'u1' })])
  await ask('unsuppress', 'userId', 'u1')
  expect(await kindsLater(item({ userId: 'u1', anonymousId: 'a2' }), item({ anonymousId: 'a2' }))).toEqual([
    'stored',
    'stored',
  ])
  expect(
    await kindsLater(optOut({ anonymousId: 'a2' }), item({ userId: 'u1' }), item({ anonymousId: 'a1' })),
  ).toEqual(['stored', 'suppressed', 'suppressed'])
  expect((await rig.send([item({ userId: 'u1' })]))[0]?.kind).toBe('suppressed')
})

test('an address owned under an older digest is mentioned under that one, once', async () => {
  await rig.send([item({ userId: 'u1', email: 'ada@example.com' })])
  const mentioning = () => item({ userId: 'u2', email: 'ada@example.com' })
  expect(await kindsLater(mentioning(), mentioning())).toEqual(['stored', 'stored'])
  const { rows } = await db.pool.query(
    'select m.digest from identifier_mention m join identifier i on i.digest = m.digest and i.subject_id <> m.subject_id',
  )
  expect(rows).toHaveLength(1)
})

test('a link takes over a "no" that was said under an older digest, before anybody owned it', async () => {
  await ask('suppress', 'email', 'ada@example.com')
  const identifiers = [
    { kind: 'userId', value: 'u1' },
    { kind: 'email', value: 'ada@example.com' },
  ] as [{ kind: string; value: string }, { kind: string; value: string }]
  await linkPeople(parts(later.rings), { ...by(), link: { identifiers } })
  expect(await kindsLater(item({ userId: 'u1' }))).toEqual(['suppressed'])
})
