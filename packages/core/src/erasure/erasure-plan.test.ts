import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalPlan, type ErasurePlan, planHash } from './erasure-plan.ts'

const digest = fc.stringMatching(/^[0-9a-f]{4}$/)
const action = fc.constantFrom('nulled', 'deleted', 'anonymised', 'kept')
const plan: fc.Arbitrary<ErasurePlan> = fc.record({
  suppress: fc.boolean(),
  people: fc.array(fc.array(digest, { minLength: 1, maxLength: 6 }), { maxLength: 4 }),
  unowned: fc.array(digest, { maxLength: 4 }),
  tables: fc.array(fc.record({ table: fc.string(), action }), { maxLength: 6 }),
  destinations: fc.array(fc.record({ destination: fc.string(), settings: fc.string() }), { maxLength: 3 }),
  holds: fc.array(fc.uuid(), { maxLength: 3 }),
  doubt: fc.option(fc.string()),
})

const reordered = <One>(all: readonly One[]): fc.Arbitrary<readonly One[]> =>
  fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2, maxLength: all.length * 2 })

/** The same plan, its parts found in another order and some of them twice. */
const twin = (of: ErasurePlan): fc.Arbitrary<ErasurePlan> =>
  fc.record({
    suppress: fc.constant(of.suppress),
    people: reordered(of.people).chain((people) => fc.tuple(...people.map(reordered))),
    unowned: reordered(of.unowned),
    tables: reordered(of.tables),
    destinations: reordered(of.destinations),
    holds: reordered(of.holds),
    doubt: fc.constant(of.doubt),
  })

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

test('is one text whatever order its parts were found in', () => {
  const twins = plan.chain((one) => fc.tuple(fc.constant(one), twin(one)))
  fc.assert(
    fc.property(twins, ([one, other]) => {
      expect(canonicalPlan(other)).toBe(canonicalPlan(one))
      expect(planHash(other, sha256)).toBe(planHash(one, sha256))
    }),
  )
})

const BASE: ErasurePlan = {
  suppress: true,
  people: [['a1', 'a2'], ['b1']],
  unowned: ['c1'],
  tables: [{ table: 'event', action: 'anonymised' }],
  destinations: [{ destination: 'heed', settings: 'reversal-days:7' }],
  holds: ['h1'],
  doubt: null,
}

test.each<[string, Partial<ErasurePlan>]>([
  ['newer events are let in', { suppress: false }],
  ['one person is known by more', { people: [['a1', 'a2', 'a3'], ['b1']] }],
  ['an identifier is now the other one of two', { people: [['a1'], ['a2', 'b1']] }],
  ['two people are one', { people: [['a1', 'a2', 'b1']] }],
  ['a named identifier is somebody now', { people: [['a1', 'a2'], ['b1'], ['c1']], unowned: [] }],
  ['a table is treated otherwise', { tables: [{ table: 'event', action: 'deleted' }] }],
  ['a table is new', { tables: [...BASE.tables, { table: 'purchase', action: 'anonymised' }] }],
  ['a setting has changed', { destinations: [{ destination: 'heed', settings: 'reversal-days:0' }] }],
  ['a hold has ended', { holds: [] }],
  ['somebody has to look now', { doubt: 'client-link' }],
])('is another plan when %s', (_, change) => {
  expect(planHash({ ...BASE, ...change }, sha256)).not.toBe(planHash(BASE, sha256))
})

test('is pinned, so that a plan shown before an upgrade is recognised after it or refused on purpose', () => {
  expect(planHash(BASE, sha256)).toMatchInlineSnapshot(
    `"c56f7f7bbaa8b55f278f15ad6789efc57a2721a0e189de8b04782f79f2c5e202"`,
  )
})
