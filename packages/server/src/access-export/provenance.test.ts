import type { AccessExport } from '@heed/protocol'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { item } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { exportRig } from './testing/export-rig.ts'

const db = await testDatabase()
let world: Awaited<ReturnType<typeof exportRig>>

beforeEach(async () => {
  await world?.rig.close()
  world = await exportRig(db)
})
afterAll(() => world?.rig.close())

const named = (data: AccessExport) => data.events.map(({ name }) => name).toSorted()
const values = (data: AccessExport) => data.identifiers.map(({ value }) => value).toSorted()
const order = (name: string) =>
  ({ name, revenue: '5', currency: 'EUR', purchase: { kind: 'order', orderId: name } }) as const

test('leaves out what a public key joined to somebody, and says so', async () => {
  const { rig } = world
  await rig.send([item({ anonymousId: 'a1' }, { name: 'Browsed' })])
  await rig.send([item({ userId: 'u1' }, { name: 'Signed Up' })])
  await rig.send([item({ userId: 'u1', anonymousId: 'a1' }, { name: 'Both' })])
  const data = await world.dataOf({ kind: 'userId', value: 'u1' })
  expect(values(data)).toEqual(['u1'])
  expect(named(data)).toEqual(expect.arrayContaining(['Signed Up']))
  expect(named(data)).not.toContain('Browsed')
  expect(data.leftOut).toMatchObject({ identifiers: [{ kind: 'anonymousId', count: 1 }] })
  expect(data.leftOut.explanation).toContain('public key')
})

test('hands out what a server joined', async () => {
  const { rig } = world
  await rig.send([item({ anonymousId: 'a1' }, { name: 'Browsed' })], rig.server)
  await rig.send([item({ userId: 'u1' }, { name: 'Signed Up' })], rig.server)
  await rig.send([item({ userId: 'u1', anonymousId: 'a1' }, { name: 'Both' })], rig.server)
  const data = await world.dataOf({ kind: 'userId', value: 'u1' })
  expect(values(data)).toEqual(['a1', 'u1'])
  expect(named(data)).toEqual(['Both', 'Browsed', 'Signed Up'])
  expect(data.leftOut.explanation).toBeNull()
})

test('whoever attaches their own address to somebody with a public key gets their own events and no more', async () => {
  const { rig } = world
  await rig.send([item({ userId: 'ada' }, { type: 'identify', name: null, traits: { salary: 1 } })])
  await rig.send([item({ userId: 'ada' }, order('Ada bought'))])
  const content = JSON.stringify({ userId: 'ada', context: { traits: { email: ' Mallory@Example.com' } } })
  await rig.send([
    item({ userId: 'ada', email: 'mallory@example.com' }, { ...order('Mallory sent'), content }),
  ])
  const data = await world.dataOf({ kind: 'email', value: 'mallory@example.com' })
  expect(values(data)).toEqual(['mallory@example.com'])
  expect(named(data)).toEqual(['Mallory sent'])
  expect(data.purchases.map(({ orderId }: { orderId: string }) => orderId)).toEqual(['Mallory sent'])
  expect(data.profile.traits).toEqual({})
  expect(data.subject.parts).toEqual([])
  expect(JSON.stringify(data)).not.toContain('salary')
  expect(data.leftOut).toMatchObject({ events: 2, identifiers: [{ kind: 'userId', count: 1 }] })
})

test('naming everything brings everything', async () => {
  const { rig } = world
  await rig.send([
    item({ userId: 'ada', anonymousId: 'a1' }, { type: 'identify', name: null, traits: { plan: 'pro' } }),
  ])
  await rig.send([item({ anonymousId: 'a1' }, { name: 'Alone' })])
  const part = await world.dataOf({ kind: 'userId', value: 'ada' })
  expect(part.events).toHaveLength(1)
  expect(part.profile.traits).toEqual({})
  const whole = await world.dataOf({ kind: 'userId', value: 'ada' }, { kind: 'anonymousId', value: 'a1' })
  expect(whole.events).toHaveLength(2)
  expect(whole.profile.traits).toEqual({ plan: 'pro' })
  expect(whole.leftOut.explanation).toBeNull()
})
