import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatCheckpoint, parseCheckpoint } from './checkpoint.ts'
import { noteSigner, openNote, signNote } from './signed-note.ts'

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()
const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const rawKey = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url')
const origin = 'heed/wsp_1/2'
const signer = noteSigner(sha256, { name: origin, publicKey: rawKey })
const checks = (message: Uint8Array, signature: Uint8Array) => verify(null, message, publicKey, signature)
const checkpoint = { origin, size: 42, root: sha256(Buffer.from('root')) }
const note = signNote(formatCheckpoint(checkpoint), signer, (message) => sign(null, message, privateKey))

test('a signed checkpoint opens to what was signed', () => {
  expect(note).toMatch(/^heed\/wsp_1\/2\n42\n[A-Za-z0-9+/]{43}=\n\n— heed\/wsp_1\/2 [A-Za-z0-9+/]{91}=\n$/)
  const opened = parseCheckpoint(openNote(note, signer, checks)!)!
  expect({ ...opened, root: Buffer.from(opened.root) }).toEqual({
    ...checkpoint,
    root: Buffer.from(checkpoint.root),
  })
})

test('one changed byte anywhere in the note fails it', () => {
  const bytes = Buffer.from(note)
  for (let at = 0; at < bytes.length; at += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const changed = Buffer.from(bytes)
      changed[at] = changed[at]! ^ (1 << bit)
      expect(openNote(changed.toString('utf8'), signer, checks)).toBeNull()
    }
  }
})

test('another key, another name and a cut note are refused', () => {
  const other = noteSigner(sha256, { name: origin, publicKey: rawKey.with(0, rawKey[0]! ^ 1) })
  expect(openNote(note, other, checks)).toBeNull()
  expect(openNote(note, noteSigner(sha256, { name: 'x', publicKey: rawKey }), checks)).toBeNull()
  for (let length = 0; length < note.length; length += 1)
    expect(openNote(note.slice(0, length), signer, checks)).toBeNull()
})

test('signatures of witnesses beside the own one are left alone', () => {
  expect(openNote(`${note}— witness.example AAAA\n`, signer, checks)).not.toBeNull()
})

test('a text that is no checkpoint is null', () => {
  const root = 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ='
  expect(parseCheckpoint(`a\n0\n${root}\n`)).toMatchObject({ origin: 'a', size: 0 })
  expect(parseCheckpoint(`a\n1\n${root}\nextension\n`)).toMatchObject({ size: 1 })
  const broken = [
    `\n1\n${root}\n`,
    `a\n01\n${root}\n`,
    `a\n-1\n${root}\n`,
    `a\n1\nAAAA\n`,
    `a\n1\n${root}`,
    'a\n1\n',
    '',
  ]
  expect(broken.map(parseCheckpoint)).toEqual(broken.map(() => null))
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(parseCheckpoint(text)).toBeNull()
    }),
  )
})
