import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseTilePath, tilePath } from './tile-path.ts'

test.each([
  [{ level: 0, index: 1_234_067, width: 256 }, 'tile/0/x001/x234/067'],
  [{ level: 1, index: 0, width: 17 }, 'tile/1/000.p/17'],
  [{ level: 0, index: 273, width: 112 }, 'tile/0/273.p/112'],
  [{ level: 'entries', index: 1000, width: 256 }, 'tile/entries/x001/000'],
] as const)('%j is %s', (address, path) => {
  expect(tilePath(address)).toBe(path)
  expect(parseTilePath(path)).toEqual(address)
})

test('every tile has one path, and it is read back', () => {
  const level = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constant('entries' as const))
  const address = fc.record({ level, index: fc.maxSafeNat(), width: fc.integer({ min: 1, max: 256 }) })
  fc.assert(
    fc.property(address, (address) => {
      expect(parseTilePath(tilePath(address))).toEqual(address)
    }),
  )
})

test.each([
  'tile/0/0',
  'tile/0/x000/000',
  'tile/0/000.p/0',
  'tile/0/000.p/256',
  'tile/0/000.p/05',
  'tile/9/000',
  'tile/00/000',
  'tile/0/001/000',
  'tile/0/../000',
  'tile/entries/',
  '',
])('%s is no tile', (path) => {
  expect(parseTilePath(path)).toBeNull()
})
