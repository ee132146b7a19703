import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const folder = fileURLToPath(new URL('..', import.meta.url))
/** Nothing of the checkout can be found from here: what runs here runs alone. */
const alone = mkdtempSync(join(tmpdir(), 'heed-sdk-'))

beforeAll(() => {
  execFileSync('npm', ['run', 'build', '--silent'], { cwd: folder, stdio: 'pipe' })
  cpSync(join(folder, 'dist'), join(alone, 'node_modules/@heed/sdk'), { recursive: true })
}, 60_000)
afterAll(() => rmSync(alone, { recursive: true }))

test('the built package runs without any other package', async () => {
  const server = createServer((_call, reply) => reply.end('{"isReady":true,"checks":[]}'))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  const { createClient } = await import(join(alone, 'node_modules/@heed/sdk/index.js'))
  const client = createClient({ baseUrl: `http://127.0.0.1:${port}`, token: null })
  expect(await client.readiness()).toEqual({ isReady: true, checks: [] })
  server.closeAllConnections()
  server.close()
})

test('the built package needs nothing and is found by its name', () => {
  const manifest = JSON.parse(readFileSync(join(folder, 'dist/package.json'), 'utf8'))
  expect(manifest).toMatchObject({ name: '@heed/sdk', exports: './index.js', types: './index.d.ts' })
  expect(manifest).not.toHaveProperty('dependencies')
  const program =
    'import { createClient, HeedError } from "@heed/sdk"; console.log(typeof createClient, HeedError.name)'
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: alone,
    encoding: 'utf8',
  })
  expect(said.trim()).toBe('function HeedError')
})
