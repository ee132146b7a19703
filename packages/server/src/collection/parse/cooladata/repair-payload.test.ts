import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { repairPayload } from './repair-payload.ts'

const repaired = (payload: string) => JSON.parse(repairPayload(payload))

test.each([
  ['a key without quotes', '{events: [1]}', { events: [1] }],
  ['one before a blank and a colon', '{events\n : true}', { events: true }],
  ['curly quotes', '{“a”:“b”}', { a: 'b' }],
  ['the same curly quote on both sides', '{”a”:”b”}', { a: 'b' }],
  ['a straight quote inside curly ones', '{“a”:“say "hi"”}', { a: 'say "hi"' }],
  ['a curly quote inside straight ones', '{"a":"say “hi”"}', { a: 'say “hi”' }],
  ['a text open to the end of its line', '{"a":"b  \n}', { a: 'b' }],
  ['one before a comma', '{"a":"b,\r\n"c":1}', { a: 'b', c: 1 }],
  ['a text open to the end of the payload', '{e:[{"a":"b}]}', { e: [{ a: 'b' }] }],
  ['escapes', '{a:"x\\"y\\u00e4\\n"}', { a: 'x"yä\n' }],
  ['words as values', '{a:true,b:false,c:null}', { a: true, b: false, c: null }],
])('%s', (_name, payload, expected) => {
  expect(repaired(payload)).toEqual(expected)
})

describe('what it does not repair', () => {
  test.each(["{'a':1}", '{a:b}', '{a:1,}', '{"a":1', '{a:NaN}', '<xml/>', '{a:"\\'])(
    '%s stays broken',
    (payload) => {
      expect(() => repaired(payload)).toThrow(SyntaxError)
    },
  )
})

test('JSON on one line stays what it says', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      expect(repaired(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('takes time in proportion to the payload, whatever it is', () => {
  for (const piece of ['"', '\\', '“a', 'a', '"\n', '{a:', ',}', ' ']) {
    const startedAt = performance.now()
    repairPayload(piece.repeat(500_000 / piece.length))
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  }
})
