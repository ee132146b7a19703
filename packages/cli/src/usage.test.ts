import { expect, test } from 'vitest'
import { runCommand } from './testing/run-command.ts'

const KNOWN = { HEED_TOKEN: 'heed_secret-token', HEED_URL: 'http://127.0.0.1:9' }

test('--help of every command has an example or says what it needs, and ends with 0', async () => {
  const commands = [
    'serve',
    'migrate',
    'doctor',
    'keys rotate master',
    'keys rotate workspace',
    'token create',
    'import',
    'suppress',
    'unsuppress',
    'explain',
    'request suppress',
    'request erase',
    'request correct',
    'request show',
    'request list',
    'preview',
    'erase',
    'approve',
    'cancel',
    'reverse',
    'export',
    'receipt list',
    'receipt show',
    'hold place',
    'hold list',
    'hold release',
    'audit verify',
    'verify',
    'backup',
    'restore',
  ]
  for (const command of commands) {
    const { exitCode, out } = await runCommand([...command.split(' '), '--help'])
    expect([command, exitCode]).toEqual([command, 0])
    expect(out).toMatch(/Example|needs/)
    expect(out).toContain('--json')
  }
})

test.each([
  ['no command', []],
  ['an unknown command', ['ada@example.com']],
  ['an unknown option', ['suppress', '--emial=ada@example.com']],
  ['an argument too many', ['explain', 'ada@example.com']],
  ['an option without its value', ['suppress', '--email']],
  ['nobody named', ['suppress']],
  ['nobody to preview', ['preview']],
  ['nobody to erase', ['erase', '--yes']],
  ['an erase that nobody can be asked about', ['erase', '--email', 'ada@example.com']],
  ['an approval that nobody can be asked about', ['approve', 'ada@example.com']],
  ['nothing to correct', ['request', 'correct', '--email', 'ada@example.com']],
  ['a trait without a value', ['request', 'correct', '--user-id', 'u1', '--trait', 'ada@example.com']],
  ['a number that is none', ['request', 'list', '--limit', 'ada@example.com']],
  ['a hold without an end', ['hold', 'place', 'sub_x', '--reason', 'ada@example.com']],
  ['a pair that is none', ['suppress', '--kind', 'ada@example.com']],
  ['two people to explain', ['explain', '--email', 'ada@example.com', '--user-id', 'u1']],
  ['a time that is none', ['token', 'create', 'x', '--scope', '*', '--expires', 'ada@example.com']],
  ['a write key that is missing', ['import', 'ada@example.com']],
])('%s ends with 2 and repeats nothing of it', async (_name, args) => {
  const { exitCode, out, err } = await runCommand(args, { env: KNOWN })
  expect(exitCode).toBe(2)
  expect(out).toBe('')
  expect(err).toMatch(/^heed: .+/m)
  expect(err.replaceAll(/\$ heed .*/g, '')).not.toMatch(/ada@example|heed_secret/)
})

test('a file that is not there ends with 2', async () => {
  const env = { ...KNOWN, HEED_WRITE_KEY: 'some-write-key' }
  const { exitCode, err } = await runCommand(['import', '/nowhere/ada@example.com'], { env })
  expect([exitCode, err]).toEqual([2, 'heed: The file cannot be read (ENOENT).\n'])
})

test('a token is needed, and an address that can be one', async () => {
  expect(await runCommand(['token', 'list'])).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('HEED_TOKEN'),
  })
  const { exitCode, err } = await runCommand(['token', 'list'], {
    env: { ...KNOWN, HEED_URL: 'localhost:4600' },
  })
  expect([exitCode, err]).toEqual([2, expect.stringContaining('http://')])
})

test('a wrong setting of the server ends with 2 and names every one', async () => {
  const env = { HEED_PORT: 'ninety', HEED_DATADIR: '/tmp/x', HEED_URL: 'http://127.0.0.1:1', HEED_TOKEN: 't' }
  const { exitCode, err } = await runCommand(['doctor'], { env })
  expect(exitCode).toBe(2)
  expect(err).toContain('HEED_PORT must be a whole number')
  expect(err).toContain('did you mean HEED_DATA_DIR?')
  expect(err).not.toMatch(/HEED_URL|HEED_TOKEN/)
})

test('nobody there ends with 3', async () => {
  const { exitCode, err } = await runCommand(['token', 'list'], { env: KNOWN })
  expect([exitCode, err]).toEqual([3, 'heed: Nothing answered at http://127.0.0.1:9 (TypeError).\n'])
})

test('no database there ends with 3', async () => {
  const env = { HEED_DATABASE_URL: 'postgres://heed:hunter22@127.0.0.1:9/heed' }
  const { exitCode, err } = await runCommand(['migrate'], { env })
  expect([exitCode, err]).toEqual([3, 'heed: The database does not answer (ECONNREFUSED).\n'])
})

test('with --json an error is one JSON value, too', async () => {
  const { exitCode, out, err } = await runCommand(['token', 'list', '--json'], { env: KNOWN })
  expect([exitCode, err]).toEqual([3, ''])
  expect(JSON.parse(out)).toEqual({
    error: { code: 'unreachable', detail: expect.stringContaining('127.0.0.1:9'), requestId: null },
  })
})

test('what broke unforeseen is told without its text', async () => {
  const fetch = async () => new Response('{"data":[{"id":1}]}')
  const { exitCode, err } = await runCommand(['token', 'list'], { env: KNOWN, fetch })
  expect(exitCode).toBe(1)
  expect(err).toMatch(/^heed: Something broke: TypeError/)
})
