import { afterAll, beforeEach, expect, test } from 'vitest'
import { type GateRig, gateRig, item, optOut } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { linkPeople } from './link-people.ts'
import { MOST_IDENTIFIERS } from './refuse-crowd.ts'

const db = await testDatabase()
let rig: GateRig

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterAll(() => rig?.close())

const tooMany = { kind: 'rejected', code: 'too-many-identifiers' }
const kinds = async (...args: Parameters<GateRig['send']>) =>
  (await rig.send(...args)).map(({ kind }) => kind)

/** Somebody with this many identifiers, of which `userId` is one. */
async function crowd(userId: string, identifiers: number): Promise<void> {
  await rig.send([item({ userId })])
  await db.pool.query(
    `insert into identifier (workspace_id, digest, digest_version, kind, subject_id, provenance, seq, created_at)
     select workspace_id, decode(md5($2 || n), 'hex'), 1, 'anonymousId', subject_id, 'client', n, now()
     from (select workspace_id, subject_id from event order by seq desc limit 1) e, generate_series(2, $1::integer) as n`,
    [identifiers, userId],
  )
}

const identifiers = async () => (await db.pool.query('select from identifier')).rowCount

test('a person gets as many identifiers as one may have, and no more', async () => {
  await crowd('u1', MOST_IDENTIFIERS - 1)
  expect(await kinds([item({ userId: 'u1', anonymousId: 'last' })])).toEqual(['stored'])
  expect(await rig.send([item({ userId: 'u1', anonymousId: 'beyond' })])).toEqual([tooMany])
  expect(await identifiers()).toBe(MOST_IDENTIFIERS)
  expect((await db.pool.query('select from event')).rowCount).toBe(2)
})

test('what names them by what is known is taken all the same, before and after in one call', async () => {
  await crowd('u1', MOST_IDENTIFIERS)
  const [known, beyond] = [item({ userId: 'u1' }), item({ userId: 'u1', deviceId: 'd1' })]
  expect(await kinds([known, beyond, item({ userId: 'u1' })])).toEqual(['stored', 'rejected', 'stored'])
})

test('a "no" is taken whatever it brings, and what was refused before it is reached when it is named', async () => {
  await crowd('u1', MOST_IDENTIFIERS)
  await rig.send([item({ userId: 'u1', anonymousId: 'beyond' })])
  expect(await kinds([optOut({ userId: 'u1', anonymousId: 'new' }), item({ anonymousId: 'new' })])).toEqual([
    'stored',
    'suppressed',
  ])
  await rig.send([item({ userId: 'u1', anonymousId: 'beyond' })])
  expect(await kinds([item({ userId: 'u1' }), item({ anonymousId: 'beyond' })])).toEqual([
    'suppressed',
    'suppressed',
  ])
})

test('two people who together have too many do not become one, whoever says it', async () => {
  await crowd('u1', MOST_IDENTIFIERS / 2)
  await rig.send([item({ anonymousId: 'a1' })])
  await crowd('u2', MOST_IDENTIFIERS / 2 + 1)
  const alias = item({ userId: 'u1', previousId: 'u2' }, { type: 'alias', name: null })
  expect(await rig.send([alias], rig.server)).toEqual([tooMany])
  const user = (value: string) => ({ kind: 'userId', value })
  const parts = { ...rig, now: () => new Date() }
  const call = { workspaceId: rig.workspaceId, actor: 'token:test', idempotencyKey: null }
  const linking = linkPeople(parts, { ...call, link: { identifiers: [user('u1'), user('u2')] } })
  await expect(linking).rejects.toMatchObject({ code: 'conflict' })
  expect((await db.pool.query('select from subject_alias')).rowCount).toBe(0)
  expect(await kinds([item({ userId: 'u1', anonymousId: 'a1' })])).toEqual(['stored'])
})

test('whoever once said no and has too many is refused the same, with the gate taken alone', async () => {
  await rig.send([optOut({ userId: 'u1' })])
  await db.pool.query('update suppression_cause set until_seq = from_seq + 1, until_at = clock_timestamp()')
  await db.pool.query('update suppression set until_seq = from_seq + 1, until_at = clock_timestamp()')
  await crowd('u1', MOST_IDENTIFIERS)
  expect(await rig.send([item({ userId: 'u1', anonymousId: 'beyond' })])).toEqual([tooMany])
})
