import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type HeldIdentifier, type Merge, reachOfRequest } from './reach-of-request.ts'

type Provenance = HeldIdentifier['provenance']

const held = (digest: string, fragment: string, provenance: Provenance): HeldIdentifier => ({
  digest,
  fragment,
  provenance,
  isNamed: false,
})
const named = (...identifier: Parameters<typeof held>): HeldIdentifier => ({
  ...held(...identifier),
  isNamed: true,
})
const merge = (absorbed: string, root: string, provenance: Provenance): Merge => ({
  absorbed,
  root,
  provenance,
})
const reach = (identifiers: readonly HeldIdentifier[], merges: readonly Merge[] = []) => {
  const { fragments, identifiers: handedOut } = reachOfRequest({ identifiers, merges })
  return { fragments: Object.fromEntries(fragments), identifiers: [...handedOut].toSorted() }
}

test('one identifier that is all a part has reaches the whole part, whoever said it', () => {
  expect(reach([named('u', 'A', 'client')])).toEqual({ fragments: { A: 'whole' }, identifiers: ['u'] })
})

test('an address that a public key attached to somebody reaches only what names it', () => {
  expect(reach([held('victim', 'A', 'client'), named('mallory@', 'A', 'client')])).toEqual({
    fragments: { A: 'named' },
    identifiers: ['mallory@'],
  })
  expect(reach([held('victim', 'A', 'server'), named('mallory@', 'A', 'client')])).toEqual({
    fragments: { A: 'named' },
    identifiers: ['mallory@'],
  })
})

test('an identifier that a server vouched for reaches its part, and not what a public key attached to it', () => {
  expect(reach([named('u', 'A', 'server'), held('e', 'A', 'verified'), held('a', 'A', 'client')])).toEqual({
    fragments: { A: 'vouched' },
    identifiers: ['e', 'u'],
  })
})

test('whoever names every identifier of a part gets it whole', () => {
  expect(reach([named('u', 'A', 'client'), named('a', 'A', 'client')])).toEqual({
    fragments: { A: 'whole' },
    identifiers: ['a', 'u'],
  })
})

test('follows the merges that a server or the person vouched for, in both directions, and no others', () => {
  const people = [
    named('a', 'A', 'client'),
    held('b', 'B', 'client'),
    held('c', 'C', 'client'),
    held('d', 'D', 'client'),
  ]
  const merges = [merge('A', 'B', 'server'), merge('C', 'B', 'verified'), merge('D', 'B', 'client')]
  expect(reach(people, merges)).toEqual({
    fragments: { A: 'whole', B: 'whole', C: 'whole' },
    identifiers: ['a', 'b', 'c'],
  })
})

test('does not follow a merge that may have been about what a public key had joined to one of the two', () => {
  const [mallory, newsletter] = [named('mallory', 'M', 'client'), held('ada@', 'V', 'client')]
  const customer = held('ada', 'B', 'server')
  const joined = [merge('V', 'M', 'client'), merge('M', 'B', 'server')]
  expect(reach([mallory, newsletter, customer], joined).identifiers).toEqual(['mallory'])
  const attached = [mallory, held('ada@', 'M', 'client'), customer]
  expect(reach(attached, [merge('M', 'B', 'server')])).toEqual({
    fragments: { M: 'named' },
    identifiers: ['mallory'],
  })
})

const fragment = fc.constantFrom('A', 'B', 'C', 'D', 'E')
const provenance = fc.constantFrom<Provenance[]>('client', 'server', 'verified')
const identifiers = fc
  .array(fc.tuple(fragment, provenance, fc.boolean()), { minLength: 1, maxLength: 10 })
  .map((all) =>
    all.map(([part, vouchedBy, isNamed], at) => ({ ...held(`i${at}`, part, vouchedBy), isNamed })),
  )
const merges = fc.array(
  fc
    .tuple(fragment, fragment, provenance)
    .filter(([absorbed, root]) => absorbed !== root)
    .map(([absorbed, root, vouchedBy]) => merge(absorbed, root, vouchedBy)),
  { maxLength: 6 },
)

test('nothing a public key adds ever widens what is handed out', () => {
  fc.assert(
    fc.property(identifiers, merges, fragment, fragment, (known, joined, one, other) => {
      const before = reachOfRequest({ identifiers: known, merges: joined })
      const attached = reachOfRequest({
        identifiers: [...known, held('added', one, 'client')],
        merges: one === other ? joined : [...joined, merge(one, other, 'client')],
      })
      const others = [...attached.identifiers].filter((digest) => digest !== 'added')
      expect(others.filter((digest) => !before.identifiers.has(digest))).toEqual([])
      expect([...attached.fragments.keys()].filter((part) => !before.fragments.has(part))).toEqual([])
    }),
  )
})

test('what is named is always handed out, and so is nothing of a part that no named one leads to', () => {
  fc.assert(
    fc.property(identifiers, merges, (known, joined) => {
      const { identifiers: handedOut } = reachOfRequest({ identifiers: known, merges: joined })
      for (const { digest, isNamed } of known) if (isNamed) expect(handedOut.has(digest)).toBe(true)
      if (known.every(({ isNamed }) => !isNamed)) expect(handedOut.size).toBe(0)
    }),
  )
})
