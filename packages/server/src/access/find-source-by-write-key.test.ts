import { randomBytes } from 'node:crypto'
import type { Pool } from 'pg'
import { beforeEach, expect, test } from 'vitest'
import { testDatabase } from '../testing/test-database.ts'
import type { AccessParts } from './access-parts.ts'
import { changeSource } from './change-source.ts'
import { createSourceFinder } from './find-source-by-write-key.ts'
import { seedInstallation } from './seed-installation.ts'

const db = await testDatabase()
let nowMs = 0
let asked = 0

/** Counts what reaches the database. */
const counting = new Proxy(db.pool, {
  get(pool, name) {
    if (name === 'query') asked += 1
    const value: unknown = Reflect.get(pool, name, pool)
    return typeof value === 'function' ? value.bind(pool) : value
  },
}) as Pool

const parts: AccessParts = {
  pool: db.pool,
  now: () => new Date('2026-11-21T12:00:00Z'),
  random: randomBytes,
}
const principal = { workspaceId: '', tokenId: '', actor: 'settings', scopes: [], expiresAt: null }
let find = createSourceFinder({ pool: counting, nowMs: () => nowMs })

beforeEach(async () => {
  const { workspaceId } = await seedInstallation(parts, { adminToken: null, writeKey: 'first-key' })
  principal.workspaceId = workspaceId
  find = createSourceFinder({ pool: counting, nowMs: () => nowMs })
  asked = 0
})

test('finds a source by its key, and asks once for many calls at once', async () => {
  const found = await Promise.all(Array.from({ length: 50 }, () => find('first-key')))
  expect(new Set(found.map((source) => source?.name))).toEqual(new Set(['HEED_WRITE_KEY']))
  expect(asked).toBe(1)
})

test('remembers unknown keys, and does not even ask for what cannot be one', async () => {
  expect(await find('nobody')).toBeNull()
  expect(await find('nobody')).toBeNull()
  expect(asked).toBe(1)
  expect(await find('')).toBeNull()
  expect(await find('x'.repeat(129))).toBeNull()
  expect(asked).toBe(1)
})

test('follows a changed key and a disabled source within five seconds', async () => {
  const source = await find('first-key')
  const change = { writeKey: 'second-key' }
  await changeSource(parts, { principal, sourceId: source?.sourceId ?? '', change })
  nowMs += 5_000
  expect(await find('first-key')).toBeNull()
  expect((await find('second-key'))?.sourceId).toBe(source?.sourceId)
  await changeSource(parts, { principal, sourceId: source?.sourceId ?? '', change: { enabled: false } })
  nowMs += 5_000
  expect(await find('second-key')).toBeNull()
})

test('a flood of guesses does not push a known source out', async () => {
  await find('first-key')
  for (let at = 0; at < 200; at += 1) await find(`guess-${at}`)
  asked = 0
  expect(await find('first-key')).not.toBeNull()
  expect(asked).toBe(0)
})
