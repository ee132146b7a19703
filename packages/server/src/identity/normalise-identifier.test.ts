import { createSecretKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { digestRing } from './digest-ring.ts'
import { MAX_IDENTIFIER_BYTES, NORMALISER_VERSION, normaliseIdentifier } from './normalise-identifier.ts'

type Vector = {
  readonly kind: string
  readonly raw: unknown
  readonly value?: string
  readonly digest?: string
  readonly refused?: string
}

const golden: { normaliser: number; digestKeyHex: string; vectors: readonly Vector[] } = JSON.parse(
  readFileSync(new URL('normalise-identifier.vectors.json', import.meta.url), 'utf8'),
)

const CHANGED = `The answer to a golden vector changed. Digests in databases were made with the old answer and cannot be made
again, so every "no" given for such an identifier would be forgotten. Keep version ${golden.normaliser} of the rules as it
is (pin libphonenumber-js) and add a new NORMALISER_VERSION with vectors of its own. Never edit a vector`

const kinds = fc.constantFrom('userId', 'anonymousId', 'email', 'phone', 'deviceId', 'csuId')
const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 18 })
const spellings = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.emailAddress(),
  digits,
  digits.map((text) => `+${text}`),
  fc.string({ unit: fc.constantFrom(...'+0123456789 ()-./;ext'), maxLength: 24 }),
)
const blanks = fc.string({
  unit: fc.constantFrom(' ', '\t', '\n', '\u00a0', '\u200b', '\u2060', '\ufeff', '\u0007', '\u3164'),
})

describe('the golden vectors', () => {
  const ring = digestRing([
    { version: 1, normaliser: 1, key: createSecretKey(Buffer.from(golden.digestKeyHex, 'hex')) },
  ])

  test.each(golden.vectors)('pin $kind $raw', ({ kind, raw, ...expected }) => {
    const answer = normaliseIdentifier(kind, raw)
    const found =
      'refused' in answer ? answer : { value: answer.value, digest: ring.digest(answer).toString('hex') }
    expect(found, CHANGED).toEqual(expected)
  })

  test('belong to the version that is in use, and cover every kind', () => {
    expect(golden.normaliser, CHANGED).toBe(NORMALISER_VERSION)
    expect(golden.vectors.length).toBeGreaterThanOrEqual(60)
  })
})

test('an answer is its own answer', () => {
  fc.assert(
    fc.property(kinds, spellings, (kind, raw) => {
      const once = normaliseIdentifier(kind, raw)
      if (!('refused' in once)) expect(normaliseIdentifier(kind, once.value)).toEqual(once)
    }),
    { numRuns: 3000 },
  )
})

test('never accepts what nobody can see, whatever kind it claims to be', () => {
  fc.assert(
    fc.property(kinds, blanks, (kind, raw) => {
      expect(normaliseIdentifier(kind, raw)).toEqual({ refused: 'blank-identifier' })
    }),
  )
})

test('an accepted value is short, well formed, and not blank', () => {
  fc.assert(
    fc.property(kinds, fc.oneof(spellings, fc.anything()), (kind, raw) => {
      const answer = normaliseIdentifier(kind, raw)
      if ('refused' in answer) return
      expect(answer.value.trim()).toBe(answer.value)
      expect(answer.value).not.toBe('')
      expect(answer.value.isWellFormed() && !answer.value.includes('\0')).toBe(true)
      expect(Buffer.byteLength(answer.value)).toBeLessThanOrEqual(MAX_IDENTIFIER_BYTES)
    }),
    { numRuns: 1000 },
  )
})

test('surrounding space and, for e-mail, letter case make no difference', () => {
  fc.assert(
    fc.property(fc.emailAddress(), (email) => {
      expect(normaliseIdentifier('email', ` ${email.toUpperCase()}\n`)).toEqual(
        normaliseIdentifier('email', email),
      )
    }),
  )
})

test('refuses a value of ten megabytes without normalising it', () => {
  expect(normaliseIdentifier('userId', 'x'.repeat(10_000_000))).toEqual({ refused: 'identifier-too-long' })
})
