import { createHmac, createSecretKey } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type DigestVersion, digestRing } from './digest-ring.ts'

const version = (number: number): DigestVersion => ({
  version: number,
  normaliser: 1,
  key: createSecretKey(Buffer.alloc(32, number)),
})
const ada = { kind: 'email', value: 'ada@example.com' }

test('a digest is the first 16 bytes of HMAC-SHA-256 over kind, zero byte, value', () => {
  const expected = createHmac('sha256', Buffer.alloc(32, 1))
    .update('email\0ada@example.com')
    .digest()
    .subarray(0, 16)
  expect(digestRing([version(1)]).digest(ada)).toEqual(expected)
})

test('writes under the newest version and looks under every one, newest first', () => {
  const ring = digestRing([version(1), version(3), version(2)])
  expect(ring.current.version).toBe(3)
  expect(ring.versions.map((each) => each.version)).toEqual([3, 2, 1])
  expect(ring.digest(ada)).toEqual(digestRing([version(3)]).digest(ada))
  expect(ring.allDigests(ada)).toEqual([3, 2, 1].map((number) => digestRing([version(number)]).digest(ada)))
})

test('identifiers that differ in kind or value have digests of their own', () => {
  const ring = digestRing([version(1)])
  const text = fc.string({ minLength: 1 }).filter((each) => !each.includes('\0'))
  fc.assert(
    fc.property(text, text, text, text, (kind, value, otherKind, otherValue) => {
      const same = kind === otherKind && value === otherValue
      const digests = [ring.digest({ kind, value }), ring.digest({ kind: otherKind, value: otherValue })]
      expect(digests[0]!.equals(digests[1]!)).toBe(same)
    }),
  )
})

test('a new version does not let a resent message in again', () => {
  const before = digestRing([version(1)])
  const after = digestRing([version(2), version(1)])
  expect(after.messageDigest('m1')).toEqual(before.messageDigest('m1'))
})

test('a message id can never be taken for an identifier', () => {
  const ring = digestRing([version(1)])
  expect(ring.messageDigest('m1')).not.toEqual(ring.digest({ kind: 'message', value: 'm1' }))
})

test('a ring without a version is refused', () => {
  expect(() => digestRing([])).toThrow('needs a version')
})
