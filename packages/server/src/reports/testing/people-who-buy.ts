import type { CollectedItem } from '../../collection/collected-item.ts'
import { type GateRig, item } from '../../testing/gate-rig.ts'

const at = (day: string) => ({
  eventAt: new Date(`${day}T12:00:00Z`),
  clientAt: new Date(`${day}T12:00:00Z`),
})
export const bought = (day: string, revenue: string | null, change: Partial<CollectedItem> = {}) => ({
  ...at(day),
  name: 'Order Completed',
  revenue,
  currency: 'EUR',
  purchase: { kind: 'order', orderId: 'o' } as const,
  ...change,
})
const refunded = (day: string, revenue: string | null) =>
  bought(day, revenue, { name: 'Order Refunded', purchase: { kind: 'refund', orderId: null } })

/** Visitors, known persons, customers; merged or not; sharing cells in two months, two sources, three currencies or none. */
export async function peopleWhoBuy(rig: GateRig): Promise<void> {
  await rig.send([
    item({ anonymousId: 'a1' }, { ...at('2026-03-01'), campaign: 'spring' }),
    item({ userId: 'u1' }, at('2026-03-02')),
    item({ userId: 'u1', anonymousId: 'a1' }, { ...at('2026-03-03'), campaign: 'spring' }),
    item({ anonymousId: 'a1' }, bought('2026-03-04', '19.90', { campaign: 'spring' })),
    item({ userId: 'u1' }, bought('2026-04-01', '0.10', { campaign: 'spring' })),
    item({ userId: 'u1' }, refunded('2026-04-02', '5')),
    item({ anonymousId: 'a2' }, { ...at('2026-03-09'), campaign: 'spring' }),
    item({ anonymousId: 'a3' }, { ...at('2026-03-31'), name: null }),
    item({ anonymousId: 'a3', email: 'ada@example.com' }, { ...at('2026-04-01'), type: 'page', name: null }),
    item({ email: 'bob@example.com' }, bought('2026-04-03', '7', { currency: null })),
    item({ email: 'bob@example.com' }, refunded('2026-04-03', null)),
  ])
  await rig.send(
    [
      item({ userId: 'u1' }, { ...at('2026-03-04'), name: 'Clicked: twice', revenue: '3' }),
      item({ userId: 'u2' }, bought('2026-03-05', '12.345', { currency: 'USD' })),
      item({ userId: 'u2', anonymousId: 'a4' }, { ...at('2026-04-05'), campaign: 'spring' }),
      item({ phone: '+4915112345678' }, at('2026-03-05')),
      item({ userId: 'u3' }, bought('2026-03-05', null)),
    ],
    rig.server,
  )
}
