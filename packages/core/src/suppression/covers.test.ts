import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Arrival, covers, hasBeenSaid, type SuppressionInterval } from './covers.ts'

const WORKSPACE = 'workspace'
const SHOP = 'source-shop'
const APP = 'source-app'

const time = fc.integer({ min: 0, max: 60_000 })
const arrival: fc.Arbitrary<Arrival> = fc.record({
  workspaceId: fc.constant(WORKSPACE),
  sourceId: fc.constantFrom(SHOP, APP),
  arrivedAt: time,
  clientAt: time,
  receivedAt: time,
  isRecorded: fc.boolean(),
})
const interval: fc.Arbitrary<SuppressionInterval> = fc
  .record({
    cause: fc.constant('cause'),
    scope: fc.constantFrom(WORKSPACE, SHOP, APP),
    fromAt: time,
    lasts: fc.option(fc.integer({ min: 1, max: 60_000 })),
    clientBefore: fc.option(time),
  })
  .map(({ lasts, ...rest }) => ({ ...rest, untilAt: lasts === null ? null : rest.fromAt + lasts }))

const open: SuppressionInterval = {
  cause: 'c',
  scope: WORKSPACE,
  fromAt: 10_000,
  untilAt: null,
  clientBefore: null,
}
const lifted: SuppressionInterval = { ...open, untilAt: 20_000 }
const live = (arrivedAt: number): Arrival => ({
  workspaceId: WORKSPACE,
  sourceId: SHOP,
  arrivedAt,
  clientAt: arrivedAt,
  receivedAt: arrivedAt,
  isRecorded: false,
})
/** Arrives long after everything, and says when it was received in truth. */
const recorded = (receivedAt: number): Arrival => ({ ...live(1_000_000), receivedAt, isRecorded: true })

describe('what a suppression refuses', () => {
  test('while it is open: everything, whatever any clock says', () => {
    fc.assert(fc.property(arrival, (item) => covers(open, item)))
  })

  test('once it is lifted: what arrived before, and nothing that arrived after', () => {
    expect([19_999, 20_000, 20_001].map((at) => covers(lifted, live(at)))).toEqual([true, false, false])
  })

  test('once it is lifted, of what is recorded: what was received in between, widened by five seconds', () => {
    const received = [4_999, 5_000, 15_000, 25_000, 25_001]
    expect(received.map((at) => covers(lifted, recorded(at)))).toEqual([false, true, true, true, false])
  })

  test('in one source: nothing of another', () => {
    fc.assert(
      fc.property(
        interval,
        arrival,
        (one, item) => !covers({ ...one, scope: SHOP }, { ...item, sourceId: APP }),
      ),
    )
  })

  test('of older items only: nothing that is newer by its client', () => {
    const older = { ...open, clientBefore: 5_000 }
    expect([4_999, 5_000].map((clientAt) => covers(older, { ...live(30_000), clientAt }))).toEqual([
      true,
      false,
    ])
  })
})

describe('covers is monotone', () => {
  test('a suppression that lasts longer refuses no less', () => {
    fc.assert(
      fc.property(interval, arrival, fc.option(time), (one, item, more) => {
        const until = one.untilAt === null || more === null ? null : one.untilAt + more
        return !covers(one, item) || covers({ ...one, untilAt: until }, item)
      }),
    )
  })

  test('one of the whole workspace refuses no less than one of a source', () => {
    fc.assert(
      fc.property(
        interval,
        arrival,
        (one, item) => !covers(one, item) || covers({ ...one, scope: WORKSPACE }, item),
      ),
    )
  })

  test('one without a client time refuses no less than one with it', () => {
    fc.assert(
      fc.property(
        interval,
        arrival,
        (one, item) => !covers(one, item) || covers({ ...one, clientBefore: null }, item),
      ),
    )
  })

  test('what arrived earlier is refused no less', () => {
    fc.assert(
      fc.property(
        interval,
        arrival,
        time,
        (one, item, earlier) =>
          !covers(one, item) || covers(one, { ...item, arrivedAt: item.arrivedAt - earlier }),
      ),
    )
  })

  test('what is recorded is refused no less than what is live', () => {
    fc.assert(
      fc.property(
        interval,
        arrival,
        (one, item) =>
          !covers(one, { ...item, isRecorded: false }) || covers(one, { ...item, isRecorded: true }),
      ),
    )
  })
})

test('a "no" that makes an opt-out a repetition refuses what came with it, and is of the whole workspace', () => {
  fc.assert(
    fc.property(interval, arrival, (one, item) => {
      fc.pre(hasBeenSaid(one, item))
      expect(covers(one, item)).toBe(true)
      expect(one.scope).toBe(WORKSPACE)
    }),
  )
})
