import { afterAll, beforeEach, expect, test } from 'vitest'
import { openRequest } from '../requests/open-request.ts'
import { type GateRig, gateRig, item, optOut } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'

const db = await testDatabase()
let rig: GateRig

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterAll(() => rig?.close())

const kinds = async (...args: Parameters<GateRig['send']>) =>
  (await rig.send(...args)).map(({ kind }) => kind)

test('takes an alias whose previous id is its anonymous id', async () => {
  await rig.send([item({ userId: 'u1' })])
  const alias = item({ userId: 'u1', anonymousId: 'a1', previousId: 'a1' }, { type: 'alias', name: null })
  expect(await kinds([alias])).toEqual(['stored'])
  expect(await kinds([optOut({ userId: 'u1' }), item({ anonymousId: 'a1' })])).toEqual([
    'stored',
    'suppressed',
  ])
})

test('takes an item whose identifiers belong to different fragments of one person', async () => {
  await rig.send([item({ email: 'ada@example.com' }), item({ deviceId: 'd1' })])
  await rig.send([item({ email: 'ada@example.com', deviceId: 'd1' })])
  const more = { email: 'ada@example.com', deviceId: 'd1', phone: '+4722222222' }
  expect(
    await kinds([item(more), optOut({ email: 'ada@example.com' }), item({ phone: '+4722222222' })]),
  ).toEqual(['stored', 'stored', 'suppressed'])
})

test('an item that comes twice says nothing twice: its link is not made again', async () => {
  await rig.send([item({ userId: 'u1' }), item({ userId: 'u2' })])
  const link = item({ userId: 'u1', anonymousId: 'shared' })
  await rig.send([link])
  await rig.send([item({ userId: 'u2', anonymousId: 'shared' })])
  expect(await kinds([link])).toEqual(['duplicate'])
  expect(await kinds([optOut({ userId: 'u1' }), item({ anonymousId: 'shared' })])).toEqual([
    'stored',
    'stored',
  ])
})

test('takes an alias whose previous id is its anonymous id, of somebody who once said no', async () => {
  await rig.send([optOut({ userId: 'u1' })])
  await openRequest(rig.requestParts, {
    workspaceId: rig.workspaceId,
    actor: 'token:test',
    idempotencyKey: null,
    request: { type: 'unsuppress', subject: { identifiers: [{ kind: 'userId', value: 'u1' }] }, scope: {} },
  })
  const alias = item({ userId: 'u1', anonymousId: 'a1', previousId: 'a1' }, { type: 'alias', name: null })
  expect(await kinds([alias])).toEqual(['stored'])
})
