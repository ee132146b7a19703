import { afterAll, beforeEach, describe, expect, test } from 'vitest'
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

async function stored(): Promise<{ name: string; seq: string }[]> {
  return (await db.pool.query('select name, seq from event order by seq')).rows
}

describe('a no that holds', () => {
  test('stores what a new person does, once per message id', async () => {
    const first = item({ userId: 'u1', anonymousId: 'a1' })
    expect(await kinds([first, first, item({ anonymousId: 'a1' })])).toEqual([
      'stored',
      'duplicate',
      'stored',
    ])
    expect(await kinds([first])).toEqual(['duplicate'])
    expect(await db.pool.query('select from subject')).toHaveProperty('rowCount', 1)
  })

  test('stores the opt-out event as the last event, and nothing after it under any identifier', async () => {
    const verdicts = await kinds([
      item({ userId: 'u1', anonymousId: 'a1' }),
      item({ anonymousId: 'a1' }),
      optOut({ userId: 'u1' }),
      item({ anonymousId: 'a1' }),
      item({ userId: 'u1', anonymousId: 'a2' }),
      item({ anonymousId: 'a2' }),
    ])
    expect(verdicts).toEqual(['stored', 'stored', 'stored', 'suppressed', 'suppressed', 'suppressed'])
    expect((await stored()).at(-1)?.name).toBe('Opted Out')
  })

  test('sweeps what a late link shows to be theirs', async () => {
    await rig.send([item({ userId: 'u1' }), optOut({ userId: 'u1' })])
    expect(await kinds([item({ anonymousId: 'late' }), item({ anonymousId: 'late' })])).toEqual([
      'stored',
      'stored',
    ])
    expect(await kinds([item({ userId: 'u1', anonymousId: 'late' })])).toEqual(['suppressed'])
    expect(await stored()).toHaveLength(2)
    expect(await kinds([item({ anonymousId: 'late' })])).toEqual(['suppressed'])
  })

  test('drops a clean person on a suppressed device without touching them', async () => {
    await rig.send([item({ userId: 'u1', anonymousId: 'shared' }), optOut({ userId: 'u1' })])
    expect(await kinds([item({ userId: 'u2', anonymousId: 'shared' })])).toEqual(['device-suppressed'])
    expect(await kinds([item({ userId: 'u2' })])).toEqual(['stored'])
  })

  test('never drops an opt-out for its device: it links, is stored, and suppresses its own person', async () => {
    await rig.send([
      item({ userId: 'u1', anonymousId: 'shared' }),
      optOut({ userId: 'u1' }),
      item({ userId: 'u2' }),
    ])
    expect(await kinds([optOut({ userId: 'u2', anonymousId: 'shared' })])).toEqual(['stored'])
    expect(await kinds([item({ userId: 'u2' })])).toEqual(['suppressed'])
  })

  test('merges an anonymous visitor into the person who signs in', async () => {
    expect(
      await kinds([
        item({ anonymousId: 'a1' }),
        item({ userId: 'u1' }),
        item({ userId: 'u1', anonymousId: 'a1' }),
      ]),
    ).toEqual(['stored', 'stored', 'stored'])
    expect(await db.pool.query('select from subject_alias')).toHaveProperty('rowCount', 1)
    expect(await kinds([optOut({ anonymousId: 'a1' }), item({ userId: 'u1' })])).toEqual([
      'stored',
      'suppressed',
    ])
  })

  test('moves a shared device to the latest user id and never merges two people through it', async () => {
    await rig.send([
      item({ userId: 'u1', anonymousId: 'd' }),
      item({ userId: 'u2' }),
      item({ userId: 'u2', anonymousId: 'd' }),
    ])
    expect(await db.pool.query('select from subject_alias')).toHaveProperty('rowCount', 0)
    expect(await kinds([optOut({ userId: 'u1' }), item({ anonymousId: 'd' })])).toEqual(['stored', 'stored'])
  })

  test('counts a second opt-out and gives its identifiers to the first', async () => {
    await rig.send([optOut({ userId: 'u1' })])
    expect(await kinds([optOut({ userId: 'u1', anonymousId: 'a9' }), item({ anonymousId: 'a9' })])).toEqual([
      'suppressed',
      'suppressed',
    ])
    expect(await db.pool.query('select from suppression_cause')).toHaveProperty('rowCount', 1)
  })

  test('merges traits key by key, newest client time first', async () => {
    const at = (minute: number) => ({ clientAt: new Date(Date.UTC(2026, 1, 1, 1, minute)) })
    await rig.send([
      item(
        { userId: 'u1' },
        { type: 'identify', name: null, traits: { plan: 'pro', city: 'Oslo' }, ...at(5) },
      ),
      item({ userId: 'u1' }, { type: 'identify', name: null, traits: { plan: 'free', age: 4 }, ...at(3) }),
    ])
    expect(await db.pool.query('select from profile where sealed is not null')).toHaveProperty('rowCount', 1)
  })

  test('answers many calls at once, each item once', async () => {
    const calls = Array.from({ length: 60 }, (_, call) =>
      rig.send(
        Array.from({ length: 20 }, (_, at) =>
          item({ userId: `u${(call * 7 + at) % 50}`, anonymousId: `a${(call * 7 + at) % 50}` }),
        ),
      ),
    )
    const verdicts = (await Promise.all(calls)).flat()
    expect(verdicts.every(({ kind }) => kind === 'stored')).toBe(true)
    expect(await stored()).toHaveLength(1200)
    expect(await db.pool.query('select from subject')).toHaveProperty('rowCount', 50)
  })

  test('rejects one row that PostgreSQL refuses and stores the strangers it came with', async () => {
    const calls = Array.from({ length: 50 }, (_, call) =>
      rig.send(
        Array.from({ length: 5 }, (_, at) =>
          item({ userId: `u${call}` }, call === 17 && at === 3 ? { revenue: 'much' } : {}),
        ),
      ),
    )
    const verdicts = await Promise.all(calls)
    expect(verdicts[17]?.map(({ kind }) => kind)).toEqual([
      'stored',
      'stored',
      'stored',
      'rejected',
      'stored',
    ])
    expect(verdicts.flat().filter(({ kind }) => kind === 'stored')).toHaveLength(249)
  })

  test('refuses what does not fit in its queue before keeping anything of it, and takes it later', async () => {
    const tooMany = Array.from({ length: 30_000 }, () => item({ userId: 'u1' }))
    await expect(rig.send(tooMany)).rejects.toMatchObject({ code: 'overloaded', retryAfter: 1 })
    expect(rig.intake.depth()).toBe(0)
    expect(await kinds([item({ userId: 'u1' })])).toEqual(['stored'])
  })

  test('answers 503 and keeps nothing half when the database goes away, and goes on when it is back', async () => {
    await rig.send([item({ userId: 'u1' })])
    const sent = Array.from({ length: 20 }, () => item({ userId: 'u1' }))
    const answer = rig.send(sent).then(
      (all) => all.map(({ kind }) => kind),
      (error: { code: string }) => error.code,
    )
    await db.pool
      .query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      )
      .catch(() => undefined)
    const first = await answer
    expect([['stored'], 'overloaded', 'unknown-outcome'].flat()).toContain(
      Array.isArray(first) ? first[0] : first,
    )
    let again: string[] | null = null
    await expect
      .poll(async () => {
        again = await kinds(sent).catch(() => null)
        return again
      })
      .not.toBeNull()
    expect((again ?? ['none']).every((kind: string) => kind === 'stored' || kind === 'duplicate')).toBe(true)
    expect(await stored()).toHaveLength(21)
  })
})
