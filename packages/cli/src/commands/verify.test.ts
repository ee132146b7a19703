import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { receiptOfTask, signReceipt } from '@heed/core'
import { afterAll, expect, test } from 'vitest'
import { runCommand } from '../testing/run-command.ts'

const folder = await mkdtemp(join(tmpdir(), 'heed-verify-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const NOT_COUNTED = { matched: null, removed: null, kept: null }
const receipt = receiptOfTask({
  receiptId: 'rcp_019abcde-0000-7000-8000-000000000001',
  requestId: 'req_019abcde-0000-7000-8000-000000000002',
  supersedes: null,
  type: 'erase',
  jurisdiction: 'gdpr',
  outcome: 'accepted',
  subjectCommitment: null,
  identifiersNamed: 1,
  fragments: 1,
  keys: 1,
  askedAt: new Date('2026-11-01T10:00:00Z'),
  settledAt: null,
  unreadableSince: new Date('2026-11-01T10:00:00Z'),
  recoverableUntil: new Date('2026-11-08T10:00:00Z'),
  keysInEscrow: 1,
  keysDestroyedAt: null,
  searchedAt: null,
  searchedTables: [],
  survivors: null,
  keyCopiesCleanedAt: null,
  addressBookUntil: null,
  planned: NOT_COUNTED,
  done: NOT_COUNTED,
  retained: [],
  backupRetentionDays: 35,
  isProtectedAgainstRestore: true,
  issuedAt: new Date('2026-11-01T10:00:01Z'),
})
const jws = signReceipt(receipt, { keyId: 'key-1', sign: (message) => sign(null, message, privateKey) })
const file = JSON.stringify({ receipt, jws })

async function written(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text)
  return join(folder, name)
}

const { x } = publicKey.export({ format: 'jwk' })
const keys = await written('keys.json', JSON.stringify({ keys: [{ crv: 'Ed25519', kid: 'key-1', x }] }))

test('says that a genuine receipt is valid, what it proves and what not, without a server', async () => {
  const path = await written('receipt.json', file)
  const fetch = () => Promise.reject(new Error('nobody is asked'))
  const { exitCode, out, err } = await runCommand(['verify', path, '--keys', keys], { fetch })
  expect([exitCode, err]).toEqual([0, ''])
  expect(out).toMatch(/^Valid: signed on 2026-11-01 10:00:01 UTC with key key-1/)
  expect(out).toContain('The erase has begun and nothing has been destroyed yet.')
  expect(out).toMatch(/\nWhat it proves:\n {2}- /)
  expect(out).toMatch(/\nWhere something may still lie:\n {2}- In escrow, until 2026-11-08 10:00:00 UTC/)
  expect(out).toMatch(/\nWhat it does not prove:\n {2}- /)
})

test('takes the bare signed text, and standard input', async () => {
  expect(await runCommand(['verify', await written('r.jws', jws), '--keys', keys])).toMatchObject({
    exitCode: 0,
  })
  expect(await runCommand(['verify', '-', '--keys', keys], { input: file })).toMatchObject({ exitCode: 0 })
})

test('one changed byte ends with 1, and so does what is no receipt', async () => {
  for (const [input, kind] of [
    [file.replace('"accepted"', '"confirmed"'), 'facts-differ'],
    [file.replace(/.(?="}$)/, (last) => (last === 'A' ? 'Q' : 'A')), 'not-a-receipt'],
    [`${jws.slice(0, 200)}${jws[200] === 'A' ? 'B' : 'A'}${jws.slice(201)}`, 'not-signed'],
    ['garbage', 'not-a-receipt'],
  ] as const) {
    const { exitCode, out } = await runCommand(['verify', '-', '--keys', keys, '--json'], { input })
    expect([exitCode, JSON.parse(out)]).toEqual([
      1,
      expect.objectContaining({ sentence: expect.any(String) }),
    ])
    if (kind !== 'not-a-receipt') expect(JSON.parse(out).kind).toBe(kind)
  }
  const { exitCode, out } = await runCommand(['verify', '-', '--keys', keys], { input: 'garbage' })
  expect([exitCode, out]).toEqual([1, 'Not valid: this is no receipt of Heed, or it was damaged.\n'])
})

test('with --json everything is one value', async () => {
  const { out } = await runCommand(['verify', '-', '--keys', keys, '--json'], { input: file })
  expect(JSON.parse(out)).toEqual({
    kind: 'valid',
    receipt,
    keyId: 'key-1',
    keyRetiredAt: null,
    opening: null,
    sentence: expect.stringMatching(/^Valid/),
  })
})

test('without keys nothing is checked: 2', async () => {
  const other = await written('other.json', '{"keys":1}')
  for (const args of [
    ['verify', '-'],
    ['verify', '--keys', keys],
    ['verify', '-', '--keys', other],
    ['verify', '-', '--keys', join(folder, 'none.json')],
    ['verify', join(folder, 'none.json'), '--keys', keys],
  ])
    expect(await runCommand(args, { input: file }), args.join(' ')).toMatchObject({ exitCode: 2, out: '' })
  expect((await runCommand(['verify', '-', '--keys', other], { input: file })).err).toContain(
    'heed-keys.json',
  )
})
