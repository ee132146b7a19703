import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { MasterKeyError, parseMasterKey } from './master-key.ts'

const raw = randomBytes(32)

test('32 bytes in base64 are a key, with or without space around them', () => {
  const key = parseMasterKey(` ${raw.toString('base64')}\n`, 'HEED_MASTER_KEY')
  expect(key.key.export()).toEqual(raw)
  expect(key.id).toMatch(/^mk_[0-9a-f]{16}$/)
})

test('its id depends on the key and does not hold any of it', () => {
  const one = parseMasterKey(raw.toString('base64'), 'x')
  const other = parseMasterKey(randomBytes(32).toString('base64'), 'x')
  expect(parseMasterKey(raw.toString('base64'), 'x').id).toBe(one.id)
  expect(other.id).not.toBe(one.id)
  expect(raw.toString('hex')).not.toContain(one.id.slice(3))
})

test.each([
  ['', 'is not base64'],
  ['not base64!', 'is not base64'],
  [randomBytes(32).toString('hex'), 'holds 48 bytes, not 32'],
  [randomBytes(16).toString('base64'), 'holds 16 bytes, not 32'],
  [randomBytes(33).toString('base64'), 'holds 33 bytes, not 32'],
])('%j is refused with what would be right, and not repeated', (text, words) => {
  const parse = () => parseMasterKey(text, 'HEED_MASTER_KEY')
  expect(parse).toThrow(MasterKeyError)
  expect(parse).toThrow(`HEED_MASTER_KEY ${words}`)
  expect(parse).toThrow('openssl rand -base64 32')
  if (text !== '') expect(parse).not.toThrow(text)
})
