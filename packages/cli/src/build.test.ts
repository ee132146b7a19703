import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
/** Only what an install of the published package brings: neither the checkout nor the server. */
const alone = mkdtempSync(join(tmpdir(), 'heed-cli-built-'))
const modules = join(alone, 'node_modules')

beforeAll(() => {
  mkdirSync(join(modules, '@heed'), { recursive: true })
  for (const name of ['core', 'sdk', 'cli']) {
    const folder = join(root, 'packages', name)
    const built = join(alone, name)
    execFileSync('npx', ['tsc', '-p', 'tsconfig.build.json', '--outDir', built], {
      cwd: folder,
      stdio: 'pipe',
    })
    cpSync(join(folder, 'package.json'), join(built, 'package.json'))
    execFileSync('npm', ['pkg', 'set', 'exports=./index.js'], { cwd: built, stdio: 'pipe' })
    cpSync(built, join(modules, '@heed', name), { recursive: true })
  }
  for (const name of [
    'commander',
    'cli-progress',
    'string-width',
    'strip-ansi',
    'ansi-regex',
    'emoji-regex',
    'is-fullwidth-code-point',
  ])
    cpSync(join(root, 'node_modules', name), join(modules, name), { recursive: true })
}, 120_000)
afterAll(() => rmSync(alone, { recursive: true, force: true }))

const heed = (...args: string[]) =>
  spawnSync(process.execPath, [join(modules, '@heed/cli/main.js'), ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HEED_URL: 'http://127.0.0.1:9', HEED_TOKEN: 'heed_x' },
  })

test('the built command line talks to a server without the checkout', () => {
  expect(heed('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('Usage: heed') })
  expect(heed('token', 'list')).toMatchObject({
    status: 3,
    stderr: expect.stringContaining('Nothing answered'),
  })
})

test('a receipt is verified where nothing else is installed', () => {
  const keys = join(alone, 'keys.json')
  writeFileSync(keys, JSON.stringify({ keys: [{ crv: 'Ed25519', kid: 'k', x: 'A'.repeat(43) }] }))
  expect(heed('verify', keys, '--keys', keys)).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('Not valid'),
  })
})

test('what needs the server says where it runs', () => {
  expect(heed('serve')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('runs in a checkout of Heed'),
  })
})
