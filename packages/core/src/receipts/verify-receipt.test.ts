import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  confirmedFacts,
  cryptography,
  NONCE,
  newSigner,
  SUBJECT_ID,
  shapesOf,
  taskFacts,
} from './testing/task-facts.ts'
import { verifyReceipt } from './verify-receipt.ts'

const signer = newSigner()
const verify = (file: string, keys = signer.published) => verifyReceipt({ file, keys }, cryptography)
const shapes = [taskFacts(), confirmedFacts(), taskFacts({ outcome: 'not-found' })].map((facts) =>
  shapesOf(facts, signer),
)

test('every shape of a genuine receipt is valid, and the copy says whom it is about', async () => {
  for (const { receipt, answer, jws, personsCopy } of shapes) {
    const genuine = { kind: 'valid', receipt, keyId: 'key-1', keyRetiredAt: null, opening: null }
    expect(await verify(answer)).toEqual(genuine)
    expect(await verify(`${jws}\n`)).toEqual(genuine)
    const opening = { subjectId: SUBJECT_ID, nonce: NONCE }
    expect(await verify(personsCopy)).toEqual({ ...genuine, opening })
  }
})

test('any single changed byte of any receipt fails it', { timeout: 60_000 }, async () => {
  const files = shapes.flatMap(({ answer, personsCopy, jws }) => [answer, personsCopy, jws])
  const changed = fc
    .tuple(
      fc.constantFrom(...files),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 255 }),
    )
    .map(([file, share, mask]) => {
      const bytes = Buffer.from(file)
      const place = Math.min(bytes.length - 1, Math.floor(share * bytes.length))
      bytes[place] = (bytes[place] ?? 0) ^ mask
      return bytes.toString()
    })
  await fc.assert(
    fc.asyncProperty(changed, async (file) => {
      expect((await verify(file)).kind).not.toBe('valid')
    }),
    { numRuns: 4_000 },
  )
})

test('every character of a signed text counts', async () => {
  const { jws } = shapesOf(taskFacts(), signer)
  for (let place = 0; place < jws.length; place += 1) {
    const bytes = Buffer.from(jws)
    bytes[place] = (bytes[place] ?? 0) ^ (1 << (place % 7))
    expect((await verify(bytes.toString())).kind, `character ${place}`).not.toBe('valid')
  }
})

describe('says what is wrong', () => {
  const { receipt, jws, answer } = shapesOf(confirmedFacts(), signer)

  test.each([
    ['garbage', 'not a receipt at all'],
    ['nothing', ''],
    ['other JSON', '{"a":1}'],
    ['a JWS without its facts', JSON.stringify({ jws })],
    ['a member nobody signed', JSON.stringify({ receipt, jws, outcome: 'confirmed' })],
    ['a member that stands there twice', answer.replace('"outcome"', '"outcome":"cancelled","outcome"')],
    ['another spelling', answer.replace('"gdpr"', '"\\u0067dpr"')],
    ['a token of somebody else', 'eyJhbGciOiJub25lIn0.e30.'],
    ['four parts', `${jws}.x`],
  ])('%s is no receipt', async (_name, file) => {
    expect(await verify(file)).toEqual({ kind: 'not-a-receipt' })
  })

  test('facts that were not signed', async () => {
    const file = JSON.stringify({ receipt: { ...receipt, outcome: 'not-found' }, jws })
    expect(await verify(file)).toEqual({ kind: 'facts-differ' })
  })

  test('the copy of another person', async () => {
    const opening = { subjectId: SUBJECT_ID.replace(/.$/, 'b'), nonce: NONCE }
    expect(await verify(JSON.stringify({ receipt, jws, opening }))).toEqual({ kind: 'opening-differs' })
  })

  test('keys that are others, or none', async () => {
    expect(await verify(answer, newSigner('key-2').published)).toEqual({
      kind: 'unknown-key',
      keyId: 'key-1',
    })
    expect(await verify(answer, newSigner('key-1').published)).toEqual({ kind: 'not-signed', keyId: 'key-1' })
    for (const keys of [
      '',
      'garbage',
      '{}',
      '{"keys":[]}',
      '{"keys":[{"crv":"Ed25519","kid":"a","x":"AA"}]}',
    ])
      expect(await verify(answer, keys)).toEqual({ kind: 'no-keys' })
  })

  test('what a key did sign, and is no receipt that is known', async () => {
    const later = shapesOf(taskFacts(), signer).receipt
    const { signReceipt } = await import('./receipt-jws.ts')
    for (const change of [{ v: 2 }, { issuedAt: '\u001b[31mnow' }, { retained: 'all' }, { more: 1 }]) {
      const file = signReceipt({ ...later, ...change } as typeof later, signer)
      expect(await verify(file)).toEqual({ kind: 'unknown-version' })
    }
  })
})

test('a key that has retired still verifies what it signed', async () => {
  const old = newSigner('key-0', '2026-11-05T00:00:00.000Z')
  expect(await verify(shapesOf(taskFacts(), old).answer, old.published)).toMatchObject({
    kind: 'valid',
    keyRetiredAt: '2026-11-05T00:00:00.000Z',
  })
})

test('blanks between members are nobody’s, inside a value they count', async () => {
  const { receipt, jws } = shapesOf(taskFacts(), signer)
  const pretty = JSON.stringify({ receipt, jws }, null, 2)
  expect((await verify(`${pretty}\n`)).kind).toBe('valid')
  expect((await verify(pretty.replace('"gdpr"', '"gdpr "'))).kind).toBe('facts-differ')
})
