import { afterEach, beforeEach, expect, test } from 'vitest'
import { type GateRig, gateRig, item, optOut } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'

const db = await testDatabase()
let rig: GateRig

beforeEach(async () => {
  rig = await gateRig(db)
})
afterEach(async () => {
  await rig.close()
})

async function rootOf(kind: string, value: string): Promise<string | undefined> {
  const digest = (await rig.rings(rig.workspaceId)).digest({ kind, value })
  const { rows } = await db.pool.query<{ root: string }>(
    'select subject_root(workspace_id, subject_id) as root from identifier where workspace_id = $1 and digest = $2',
    [rig.workspaceId, digest],
  )
  return rows[0]?.root
}

async function kinds(...items: Parameters<GateRig['send']>[0]): Promise<string[]> {
  return (await rig.send(items)).map(({ kind }) => kind)
}

test('gives a known person a new device, and whatever follows in the same call is theirs', async () => {
  await kinds(item({ userId: 'ada' }))
  const call = [
    item({ anonymousId: 'x' }),
    item({ userId: 'ada', anonymousId: 'laptop' }),
    item({ anonymousId: 'laptop' }),
  ]
  expect(await kinds(...call)).toEqual(['stored', 'stored', 'stored'])
  expect(await rootOf('anonymousId', 'laptop')).toBe(await rootOf('userId', 'ada'))
})

test('never gives one visitor two user ids, though two calls name them at once', async () => {
  await kinds(item({ anonymousId: 'shared' }))
  const names = Array.from({ length: 6 }, (_, at) => `guest-${at}`)
  const sent = await Promise.all(names.map((userId) => kinds(item({ userId, anonymousId: 'shared' }))))
  expect(sent.flat()).toEqual(names.map(() => 'stored'))
  const roots = await Promise.all(names.map((userId) => rootOf('userId', userId)))
  expect(new Set(roots).size).toBe(names.length)
})

test('a new device of somebody who has said no stays out, though it comes in a batch with others', async () => {
  await kinds(item({ userId: 'bob' }))
  expect(await kinds(optOut({ userId: 'bob' }))).toEqual(['stored'])
  const mixed = await Promise.all([
    kinds(item({ userId: 'bob', anonymousId: 'tablet' }), item({ anonymousId: 'tablet' })),
    kinds(
      item({ userId: 'carol', anonymousId: 'carol-1' }),
      item({ userId: 'carol', anonymousId: 'carol-2' }),
    ),
  ])
  expect(mixed).toEqual([
    ['suppressed', 'suppressed'],
    ['stored', 'stored'],
  ])
})

test('an opt-out in the middle of a call is the last event of its person that is stored', async () => {
  await kinds(item({ userId: 'dora', anonymousId: 'd' }))
  const call = [
    item({ userId: 'dora' }),
    optOut({ userId: 'dora' }),
    item({ anonymousId: 'd' }),
    item({ userId: 'eve' }),
  ]
  expect(await kinds(...call)).toEqual(['stored', 'stored', 'suppressed', 'stored'])
})
