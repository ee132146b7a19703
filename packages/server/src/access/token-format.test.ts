import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isPlausibleToken, mintToken, secretDigest } from './token-format.ts'

test('every minted token is plausible, and no two are the same', () => {
  const tokens = Array.from({ length: 500 }, () => mintToken(randomBytes))
  expect(tokens.every(isPlausibleToken)).toBe(true)
  expect(new Set(tokens).size).toBe(500)
})

test('a token that lost or changed a letter is not one', () => {
  const token = mintToken(randomBytes)
  fc.assert(
    fc.property(
      fc.integer({ min: 5, max: token.length - 1 }),
      fc.constantFrom('', 'A', 'b', '_'),
      (at, letter) => {
        const changed = token.slice(0, at) + letter + token.slice(at + 1)
        return changed === token || !isPlausibleToken(changed)
      },
    ),
  )
})

test("an operator's own token may be any text", () => {
  expect(isPlausibleToken('correct-horse-battery-staple')).toBe(true)
})

test('keeps a token by a digest that pins its algorithm', () => {
  expect(secretDigest('abc').toString('hex')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  )
})
