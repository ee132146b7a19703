import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parsePublicId, publicId } from './public-id.ts'

const UUID = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f'

test('the prefix goes on at the edge and comes off again', () => {
  fc.assert(
    fc.property(fc.uuid(), (uuid) => {
      expect(parsePublicId('sub', publicId('sub', uuid))).toBe(uuid)
    }),
  )
})

test('an id of another kind is not taken for this kind', () => {
  expect(parsePublicId('sub', publicId('req', UUID))).toBeNull()
})

test('letter case of the UUID makes no difference', () => {
  expect(parsePublicId('sub', `sub_${UUID.toUpperCase()}`)).toBe(UUID)
})

test.each([
  '',
  'sub_',
  UUID,
  `sub_${UUID} `,
  `sub_${UUID}0`,
  `SUB_${UUID}`,
  `sub_${UUID.replaceAll('-', '')}`,
  `sub_${UUID}\n`,
])('%j is no id', (text) => {
  expect(parsePublicId('sub', text)).toBeNull()
})
