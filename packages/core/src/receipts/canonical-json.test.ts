import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromBase64url, toBase64url } from './base64url.ts'
import { canonicalJson } from './canonical-json.ts'
import { signReceipt } from './receipt-jws.ts'
import { receiptOfTask } from './receipt-of-task.ts'
import { commitmentInput } from './subject-commitment.ts'
import { COMMITMENT, cryptography, NONCE, RECEIPT_ID, SUBJECT_ID, taskFacts } from './testing/task-facts.ts'

test('is the example of RFC 8785', () => {
  const value = JSON.parse(
    '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
  )
  expect(canonicalJson(value)).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  )
})

test('sorts members as RFC 8785 does, by UTF-16', () => {
  const names = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6']
  const value = Object.fromEntries(names.map((name, at) => [name, at]))
  expect(canonicalJson(value).match(/:\d/g)?.join('')).toBe(':1:3:5:6:0:4:2')
})

test('refuses what JSON has no word for', () => {
  for (const value of [undefined, Number.NaN, Number.POSITIVE_INFINITY, 1n, '\ud800', { a: undefined }])
    expect(() => canonicalJson(value)).toThrow(TypeError)
})

test('is read back as what was written', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
      const text = canonicalJson(value)
      expect(canonicalJson(JSON.parse(text))).toBe(text)
    }),
  )
})

test('base64url has one text for each value', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(toBase64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
      expect([...(fromBase64url(toBase64url(bytes)) ?? [])]).toEqual([...bytes])
    }),
  )
  for (const text of ['A', 'AB', 'AA==', 'A A', 'AA+A', 'A\n']) expect(fromBase64url(text)).toBeNull()
})

test('a signed receipt is spelt the same for ever', () => {
  const signer = { keyId: 'key-1', sign: () => new Uint8Array(64) }
  const [header, payload] = signReceipt(receiptOfTask(taskFacts()), signer).split('.')
  const text = (part = '') => Buffer.from(part, 'base64url').toString()
  expect(text(header)).toBe('{"alg":"EdDSA","kid":"key-1","typ":"heed-receipt"}')
  expect(text(payload)).toMatchInlineSnapshot(
    `"{"answeredAt":"2026-11-01T10:00:01.000Z","askedAt":"2026-11-01T10:00:00.000Z","destination":{"connector":"heed","id":"heed","version":"1"},"evidence":{"bodyDigest":null,"status":null,"vendorHandle":null},"issuedAt":"2026-11-01T10:00:02.000Z","jurisdiction":"gdpr","keyCopiesUntil":null,"keysDestroyedAt":null,"lookedAt":null,"outcome":"accepted","policyVersion":"2026-11","proof":"answer","protectedAgainstRestore":true,"providerRecoverableUntil":null,"receiptId":"rcp_019abcde-0000-7000-8000-000000000001","recoverableUntil":"2026-11-08T10:00:00.000Z","requestId":"req_019abcde-0000-7000-8000-000000000002","residuals":[{"kind":"escrow","reason":"the keys, so that the erase can still be reversed","until":"2026-11-08T10:00:00.000Z"},{"kind":"backup","reason":"copies of the keys, whose time is counted from their destruction","until":null},{"kind":"replica","reason":"copies of the keys, whose time is counted from their destruction","until":null}],"retained":[],"rows":{"kept":null,"matched":null,"removed":0},"searched":null,"stillFound":null,"subjectCommitment":"ETN1mL90Yw6aGaSM5Ny860H_6GKmzZlp9yPw_AN6L2o","supersedes":null,"type":"erase","unreadableSince":"2026-11-01T10:00:01.000Z","v":1}"`,
  )
})

test('a commitment is HMAC-SHA-256 over both ids', async () => {
  const input = commitmentInput(RECEIPT_ID, { subjectId: SUBJECT_ID, nonce: NONCE })
  expect(toBase64url(await cryptography.hmac(input!.nonce, input!.message))).toBe(COMMITMENT)
  for (const opening of [
    { subjectId: SUBJECT_ID, nonce: 'AAAA' },
    { subjectId: RECEIPT_ID, nonce: NONCE },
    { subjectId: `${SUBJECT_ID}0`, nonce: NONCE },
  ])
    expect(commitmentInput(RECEIPT_ID, opening)).toBeNull()
})
