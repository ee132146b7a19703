import { afterAll, beforeEach, expect, test } from 'vitest'
import { unseal } from '../keys/seal.ts'
import { type GateRig, gateRig, item, optOut } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import type { CollectedItem } from './collected-item.ts'

const db = await testDatabase()
let rig: GateRig

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterAll(() => rig?.close())

const bought = (userId: string, change: Partial<CollectedItem> = {}) =>
  item(
    { userId },
    {
      name: 'Order Completed',
      purchase: { kind: 'order', orderId: 'o-1' },
      revenue: '19.90',
      currency: 'EUR',
      ...change,
    },
  )
const returned = (userId: string, revenue: string | null) =>
  bought(userId, { name: 'Order Refunded', purchase: { kind: 'refund', orderId: null }, revenue })

async function purchases() {
  const { rows } = await db.pool.query(
    `select p.kind, p.amount, p.currency, p.campaign, p.sealed is not null as "hasOrderId",
            (e.subject_id, e.key_id, e.source_id, e.event_at) = (p.subject_id, p.key_id, p.source_id, p.at) as "isItsEvents"
     from purchase p left join event e on e.workspace_id = p.workspace_id and e.id = p.purchase_id order by p.seq`,
  )
  return rows
}

test('an order or refund is stored with its event, and as a magnitude whichever sign a refund was sent with', async () => {
  const items = [
    item({ userId: 'u1' }, { revenue: '3' }),
    bought('u1', { campaign: 'spring' }),
    returned('u1', '-19.90'),
    returned('u1', null),
  ]
  await rig.send(items)
  const same = { currency: 'EUR', isItsEvents: true }
  expect(await purchases()).toEqual([
    { kind: 'order', amount: '19.90', campaign: 'spring', hasOrderId: true, ...same },
    { kind: 'refund', amount: '19.90', campaign: null, hasOrderId: false, ...same },
    { kind: 'refund', amount: '0', campaign: null, hasOrderId: false, ...same },
  ])
})

test('the order id opens under the key of its person, in its own place', async () => {
  await rig.send([bought('u1')])
  const { rows } = await db.pool.query('select purchase_id, key_id, sealed from purchase')
  const { purchase_id: rowId, key_id: keyId, sealed } = rows[0]
  const place = { workspaceId: rig.workspaceId, keyId, table: 'purchase', rowId }
  const keys = await rig.keyStore.open(rig.workspaceId, [keyId])
  expect(unseal(keys.get(keyId)!.key, place, sealed).toString()).toBe('o-1')
})

test('what is refused as an event is no purchase: a repeat, and what a suppressed person does', async () => {
  const once = bought('u1')
  await rig.send([once])
  await rig.send([once])
  await rig.send([optOut({ userId: 'u1' }), bought('u1')])
  expect(await purchases()).toHaveLength(1)
})

test('an order that a late link sweeps is gone as a purchase, and nobody else loses theirs', async () => {
  await rig.send([bought('u1'), optOut({ userId: 'u1' }), bought('u2')])
  const onTheDevice = { identifiers: item({ anonymousId: 'late' }).identifiers }
  await rig.send([bought('', { ...onTheDevice, revenue: '7' })])
  expect((await purchases()).map(({ amount }) => amount)).toEqual(['19.90', '19.90', '7'])
  await rig.send([item({ userId: 'u1', anonymousId: 'late' })])
  expect((await purchases()).map(({ amount }) => amount)).toEqual(['19.90', '19.90'])
})
