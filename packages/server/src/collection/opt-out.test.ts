import { publicId } from '@heed/core'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
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

function ask(type: 'suppress' | 'unsuppress', value: string, sources?: string[]) {
  return openRequest(rig.requestParts, {
    workspaceId: rig.workspaceId,
    actor: 'token:test',
    idempotencyKey: null,
    request: {
      type,
      subject: { identifiers: [{ kind: value.includes('@') ? 'email' : 'userId', value }] },
      scope: sources === undefined ? {} : { sources },
    },
  })
}

describe('an opt-out that was answered is never lost', () => {
  test('when its person is suppressed in one source only, it holds in all of them', async () => {
    await rig.send([item({ userId: 'u1' })])
    await ask('suppress', 'u1', [publicId('src', rig.client.sourceId)])
    expect(await kinds([optOut({ userId: 'u1' })], rig.client)).toEqual(['stored'])
    expect(await kinds([item({ userId: 'u1' })], rig.server)).toEqual(['suppressed'])
  })

  test('when an older "no" is lifted while it waits, it is a new one', async () => {
    await rig.send([item({ userId: 'u1' })])
    await ask('suppress', 'u1')
    const arrivedAt = performance.now()
    await ask('unsuppress', 'u1')
    await rig.intake.collect({ source: rig.client, items: [optOut({ userId: 'u1' })], arrivedAt })
    expect(await kinds([item({ userId: 'u1' })])).toEqual(['suppressed'])
  })

  test('when it comes again in an archive after it was taken back, it is not a new one', async () => {
    await rig.send([optOut({ userId: 'u1' })])
    const receivedAt = new Date()
    await ask('unsuppress', 'u1')
    expect(await kinds([optOut({ userId: 'u1' }, { isRecorded: true, receivedAt })])).toEqual(['suppressed'])
    expect(await kinds([item({ userId: 'u1' })])).toEqual(['stored'])
  })

  test('when its device is suppressed, the address it names is suppressed all the same', async () => {
    await rig.send([optOut({ deviceId: 'd1' })])
    expect(await kinds([optOut({ email: 'ada@example.com', deviceId: 'd1' })])).toEqual(['stored'])
    expect(await kinds([item({ email: 'ada@example.com' })])).toEqual(['suppressed'])
  })

  test('when it names the address of somebody known, without a user id, it is theirs too', async () => {
    await rig.send([item({ userId: 'u1', email: 'ada@example.com' })])
    expect(await kinds([optOut({ anonymousId: 'a9', email: 'ada@example.com' })])).toEqual(['stored'])
    expect(await kinds([item({ userId: 'u1' }), item({ anonymousId: 'a9' })])).toEqual([
      'suppressed',
      'suppressed',
    ])
  })

  test('when its visitor has said no before and it names somebody known by their address, it is theirs too', async () => {
    await rig.send([item({ userId: 'u1', email: 'ada@example.com' }), optOut({ anonymousId: 'a9' })])
    await rig.send([optOut({ anonymousId: 'a9', email: 'ada@example.com' })])
    expect(await kinds([item({ userId: 'u1' })])).toEqual(['suppressed'])
  })

  test('when the database refuses what it carries, it is stored without that', async () => {
    await rig.send([item({ userId: 'u1', anonymousId: 'a1' })])
    expect(await kinds([optOut({ userId: 'u1' }, { revenue: 'a lot' })])).toEqual(['stored'])
    expect(await kinds([item({ anonymousId: 'a1' })])).toEqual(['suppressed'])
  })
})

describe('a "no" reaches its person and nobody else', () => {
  test('a device that one person left suppressed does not suppress the next one through a link', async () => {
    await rig.send([item({ userId: 'u1', anonymousId: 'd' }), optOut({ userId: 'u1' })])
    await rig.send([item({ userId: 'u2' }), optOut({ userId: 'u2', anonymousId: 'd' })])
    await ask('unsuppress', 'u2')
    await rig.send([item({ userId: 'u2' })])
    expect(await kinds([item({ userId: 'u2', email: 'new@example.com' }), item({ userId: 'u2' })])).toEqual([
      'stored',
      'stored',
    ])
    expect(await db.pool.query('select from event')).toHaveProperty('rowCount', 7)
  })

  test('nor does it when it was suppressed in one source and moves in another', async () => {
    await rig.send([item({ userId: 'u1', anonymousId: 'd' }), item({ userId: 'u2' })])
    await ask('suppress', 'u1', [publicId('src', rig.server.sourceId)])
    await rig.send([item({ userId: 'u2' })], rig.server)
    expect(await kinds([item({ userId: 'u2', anonymousId: 'd' })], rig.client)).toEqual(['stored'])
    expect(await kinds([item({ userId: 'u2' })], rig.server)).toEqual(['stored'])
    expect(await db.pool.query('select from event')).toHaveProperty('rowCount', 5)
  })

  test('nor through an anonymous event on that device', async () => {
    await rig.send([item({ userId: 'u1', anonymousId: 'd' }), optOut({ userId: 'u1' })])
    await rig.send([
      item({ userId: 'u2', email: 'two@example.com' }),
      optOut({ userId: 'u2', anonymousId: 'd' }),
    ])
    await ask('unsuppress', 'u2')
    await rig.send([item({ anonymousId: 'd', email: 'two@example.com' })])
    expect(await kinds([item({ userId: 'u2' })])).toEqual(['stored'])
  })

  test('one of two suppressed addresses spreads to the user id that alone uses it', async () => {
    await rig.send([item({ userId: 'u2', phone: '+4722222222' }), optOut({ userId: 'u2' })])
    await ask('suppress', 'ada@example.com')
    const both = item({ userId: 'u1', email: 'ada@example.com', phone: '+4722222222' })
    expect(await kinds([both, item({ userId: 'u1' })])).toEqual(['suppressed', 'suppressed'])
  })

  test('two refused identifiers of one visitor are both refused wherever either was', async () => {
    await ask('suppress', 'ada@example.com', [publicId('src', rig.client.sourceId)])
    await rig.send([optOut({ anonymousId: 'a1' })])
    await rig.send([item({ anonymousId: 'a1', email: 'ada@example.com' })], rig.client)
    expect(await kinds([item({ email: 'ada@example.com' })], rig.server)).toEqual(['suppressed'])
  })
})

describe('what came after a "no" leaves nothing behind', () => {
  test('a late link takes the traits away with the events that brought them', async () => {
    const says = (traits: object) => ({ type: 'identify' as const, name: null, traits: { ...traits } })
    await rig.send([item({ userId: 'u1' }), optOut({ userId: 'u1' })])
    await rig.send([item({ anonymousId: 'late' }, says({ city: 'Oslo' }))])
    await rig.send([item({ userId: 'u1', anonymousId: 'late' })])
    expect(await db.pool.query('select from profile where sealed is not null')).toHaveProperty('rowCount', 0)
  })

  test('a late link leaves the opt-out events themselves', async () => {
    await rig.send([optOut({ userId: 'u1' }), optOut({ userId: 'u2' })])
    await rig.send([item({ userId: 'u1', previousId: 'u2' }, { type: 'alias', name: null })], rig.server)
    expect(await db.pool.query('select from event')).toHaveProperty('rowCount', 2)
  })

  test('a late link takes away what came while a "no" stood that was lifted since', async () => {
    await rig.send([item({ userId: 'u1' }), item({ anonymousId: 'late' }), optOut({ userId: 'u1' })])
    await rig.send([item({ anonymousId: 'late' })])
    await ask('unsuppress', 'u1')
    await rig.send([item({ anonymousId: 'late' })])
    expect(await kinds([item({ userId: 'u1', anonymousId: 'late' })])).toEqual(['stored'])
    expect(await db.pool.query('select from event')).toHaveProperty('rowCount', 5)
  })
})
