import { afterAll, beforeEach, expect, test } from 'vitest'
import { openRequest } from '../requests/open-request.ts'
import { type GateRig, gateRig, item, optOut } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { linkPeople } from './link-people.ts'
import { unlinkPeople } from './unlink-people.ts'

const db = await testDatabase()
let rig: GateRig

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterAll(() => rig?.close())

type Named = { kind: string; value: string }
const user = (value: string): Named => ({ kind: 'userId', value })

const parts = () => ({
  lane: rig.lane,
  rings: rig.rings,
  keyStore: rig.keyStore,
  now: () => new Date(),
  newId: rig.newId,
})

function link(one: Named, other: Named, idempotencyKey: string | null = null) {
  return linkPeople(parts(), {
    workspaceId: rig.workspaceId,
    actor: 'token:test',
    idempotencyKey,
    link: { identifiers: [one, other] },
  })
}

function suppress(identifier: Named) {
  const request = { type: 'suppress' as const, subject: { identifiers: [identifier] }, scope: {} }
  return openRequest(rig.requestParts, {
    workspaceId: rig.workspaceId,
    actor: 'token:test',
    idempotencyKey: null,
    request,
  })
}

const kinds = async (...args: Parameters<GateRig['send']>) =>
  (await rig.send(...args)).map(({ kind }) => kind)

test('makes one person of two user ids, so that a "no" under one holds for both', async () => {
  await rig.send([item({ userId: 'u1' }), item({ userId: 'u2' })])
  expect((await link(user('u1'), user('u2'))).linkId).not.toBeNull()
  expect(await kinds([optOut({ userId: 'u1' }), item({ userId: 'u2' })])).toEqual(['stored', 'suppressed'])
})

test('carries an older "no" through the link and sweeps what the other side stored since', async () => {
  await rig.send([item({ userId: 'u1' }), item({ userId: 'u2' })])
  await suppress(user('u1'))
  await rig.send([item({ userId: 'u2' })])
  await link(user('u2'), user('u1'))
  expect(await db.pool.query('select from event')).toHaveProperty('rowCount', 2)
  expect(await kinds([item({ userId: 'u2' })])).toEqual(['suppressed'])
})

test('links identifiers that nobody has sent yet', async () => {
  await link(user('u1'), { kind: 'csuId', value: 'c-77' })
  await suppress({ kind: 'csuId', value: 'c-77' })
  expect(await kinds([item({ userId: 'u1' })])).toEqual(['suppressed'])
})

test('answers no link where the two are one person already, and one link for one Idempotency-Key', async () => {
  await rig.send([item({ userId: 'u1', anonymousId: 'a1' })])
  expect((await link(user('u1'), { kind: 'anonymousId', value: 'a1' })).linkId).toBeNull()
  const [first, second] = [await link(user('u1'), user('u2'), 'k1'), await link(user('u1'), user('u2'), 'k1')]
  expect(second.linkId).toBe(first.linkId)
  expect(await db.pool.query('select from subject_alias')).toHaveProperty('rowCount', 1)
})

test('undoes a link: both are people of their own again, and what was suppressed meanwhile stays so', async () => {
  await rig.send([item({ userId: 'u1' }), item({ userId: 'u2' })])
  const { linkId } = await link(user('u1'), user('u2'))
  await unlinkPeople(parts(), { workspaceId: rig.workspaceId, linkId: linkId ?? '', actor: 'token:test' })
  expect(await kinds([optOut({ userId: 'u1' }), item({ userId: 'u2' }), item({ userId: 'u1' })])).toEqual([
    'stored',
    'stored',
    'suppressed',
  ])
  const again = unlinkPeople(parts(), {
    workspaceId: rig.workspaceId,
    linkId: linkId ?? '',
    actor: 'token:test',
  })
  await expect(again).rejects.toMatchObject({ code: 'not-found' })
})

test('refuses to undo a link that would leave somebody with events and nothing that leads to them', async () => {
  await rig.send([
    item({ anonymousId: 'd1' }),
    item({ userId: 'u1' }),
    item({ userId: 'u1', anonymousId: 'd1' }),
  ])
  const { rows } = await db.pool.query('select link_id from subject_alias')
  await rig.send([item({ userId: 'u2' }), item({ userId: 'u2', anonymousId: 'd1' })])
  const undo = unlinkPeople(parts(), {
    workspaceId: rig.workspaceId,
    linkId: rows[0].link_id,
    actor: 'token:test',
  })
  await expect(undo).rejects.toMatchObject({ code: 'conflict' })
})

test('tells the audit log who linked and who parted, without naming anybody', async () => {
  await rig.send([item({ userId: 'u1' }), item({ userId: 'u2' })])
  const { linkId } = await link(user('u1'), user('u2'))
  await unlinkPeople(parts(), { workspaceId: rig.workspaceId, linkId: linkId ?? '', actor: 'token:test' })
  const { rows } = await db.pool.query(
    "select kind, actor, body::text from outbox where kind like 'identity-%' order by seq",
  )
  expect(rows.map(({ kind, actor }) => [kind, actor])).toEqual([
    ['identity-linked', 'token:test'],
    ['identity-unlinked', 'token:test'],
  ])
  expect(JSON.stringify(rows)).not.toContain('u1')
})
