import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newUuid } from './uuid-v7.ts'

const times = fc.integer({ min: 0, max: 2 ** 48 - 1 })
const tenBytes = fc.uint8Array({ minLength: 10, maxLength: 10 })

test('holds its time, its version and its variant, whatever the randomness', () => {
  fc.assert(
    fc.property(times, tenBytes, (unixMs, bytes) => {
      const uuid = newUuid(unixMs, () => bytes)
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16)).toBe(unixMs)
    }),
  )
})

test('a later id sorts after an earlier one', () => {
  fc.assert(
    fc.property(times, times, tenBytes, tenBytes, (one, other, some, more) => {
      fc.pre(one < other)
      expect(newUuid(one, () => some) < newUuid(other, () => more)).toBe(true)
    }),
  )
})

test('is the example of RFC 9562', () => {
  const random = Uint8Array.of(0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f)
  expect(newUuid(0x017f22e279b0, () => random)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f')
})

test('asks for ten random bytes', () => {
  const asked: number[] = []
  newUuid(0, (size) => {
    asked.push(size)
    return new Uint8Array(size)
  })
  expect(asked).toEqual([10])
})
