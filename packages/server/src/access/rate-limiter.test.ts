import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRateLimiter } from './rate-limiter.ts'

test('never lets more pass than what was saved up and has come back since', () => {
  const steps = fc.array(fc.record({ waitMs: fc.nat(2_000), cost: fc.integer({ min: 1, max: 5 }) }), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(steps, (calls) => {
      let nowMs = 0
      let passed = 0
      const limiter = createRateLimiter({ perSecond: 3, burst: 10, mostNames: 5 }, () => nowMs)
      for (const { waitMs, cost } of calls) {
        nowMs += waitMs
        if (limiter.take('one', cost).kind === 'allowed') passed += cost
      }
      return passed <= 10 + (nowMs / 1000) * 3 + 1e-6
    }),
  )
})

test('waiting as long as told is enough', () => {
  const limits = fc.record({
    perSecond: fc.double({ min: 0.1, max: 50, noNaN: true }),
    burst: fc.integer({ min: 1, max: 20 }),
  })
  fc.assert(
    fc.property(limits, fc.integer({ min: 1, max: 20 }), (limit, cost) => {
      let nowMs = 0
      const limiter = createRateLimiter({ ...limit, mostNames: 5 }, () => nowMs)
      for (;;) {
        const decision = limiter.take('one', cost)
        if (decision.kind === 'limited') {
          nowMs += decision.retryAfterSeconds * 1000
          return limiter.take('one', cost).kind === 'allowed'
        }
      }
    }),
  )
})

test('a clock that goes back gives nothing', () => {
  let nowMs = 1_000_000
  const limiter = createRateLimiter({ perSecond: 1, burst: 1, mostNames: 5 }, () => nowMs)
  limiter.take('one')
  nowMs = 0
  expect(limiter.take('one').kind).toBe('limited')
})

test('remembers no more names than it was told to', () => {
  const limiter = createRateLimiter({ perSecond: 1, burst: 1, mostNames: 2 }, () => 0)
  for (const name of ['a', 'b', 'a', 'c']) limiter.take(name)
  expect(['a', 'b', 'c'].map((name) => limiter.look(name).kind)).toEqual(['limited', 'allowed', 'limited'])
})
