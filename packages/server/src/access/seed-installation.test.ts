import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { testDatabase } from '../testing/test-database.ts'
import type { AccessParts } from './access-parts.ts'
import { createAuthenticator } from './authenticate-token.ts'
import { createSourceFinder } from './find-source-by-write-key.ts'
import { revokeToken } from './revoke-token.ts'
import { seedInstallation } from './seed-installation.ts'

const db = await testDatabase()
const NOTHING = { adminToken: null, writeKey: null }
const parts: AccessParts = {
  pool: db.pool,
  now: () => new Date('2026-11-21T12:00:00Z'),
  random: randomBytes,
}

const signIn = (token: string) =>
  createAuthenticator(parts)({ authorization: `Bearer ${token}`, address: '127.0.0.1' })
const findSource = (writeKey: string) => createSourceFinder({ pool: db.pool, nowMs: () => 0 })(writeKey)

test('the first start makes a workspace, a source and a token, and tells what it made', async () => {
  const seeded = await seedInstallation(parts, NOTHING)
  if (seeded.kind !== 'seeded') throw new Error(seeded.kind)
  const { workspaceId } = await signIn(seeded.madeToken ?? '')
  expect(workspaceId).toBe(seeded.workspaceId)
  expect(await findSource(seeded.madeWriteKey ?? '')).toMatchObject({ workspaceId, trust: 'client' })
})

test('what the settings give is not made, and so never printed', async () => {
  const seeded = await seedInstallation(parts, {
    adminToken: 'an-operators-own-token',
    writeKey: 'own-write-key',
  })
  expect(seeded).toMatchObject({ kind: 'seeded', madeToken: null, madeWriteKey: null })
  expect(await signIn('an-operators-own-token')).toMatchObject({ scopes: ['*'] })
})

test('the second start changes nothing', async () => {
  await seedInstallation(parts, NOTHING)
  const again = await seedInstallation(parts, NOTHING)
  expect(again).toMatchObject({
    kind: 'there-before',
    isTokenAdded: false,
    isSourceAdded: false,
    isTokenRevoked: false,
  })
})

test('nodes that start together on an empty database make one workspace', async () => {
  const seedings = await Promise.all(Array.from({ length: 6 }, () => seedInstallation(parts, NOTHING)))
  expect(seedings.filter(({ kind }) => kind === 'seeded')).toHaveLength(1)
  const { rows } = await db.pool.query('select count(*)::int as workspaces from workspace')
  expect(rows).toEqual([{ workspaces: 1 }])
})

test('a changed token and write key are added, and the ones before still work', async () => {
  await seedInstallation(parts, { adminToken: 'the-first-admin-token', writeKey: 'first-key' })
  const changed = { adminToken: 'the-second-admin-token', writeKey: 'second-key' }
  expect(await seedInstallation(parts, changed)).toMatchObject({ isTokenAdded: true, isSourceAdded: true })
  const principals = await Promise.all([signIn('the-first-admin-token'), signIn('the-second-admin-token')])
  expect(new Set(principals.map(({ workspaceId }) => workspaceId)).size).toBe(1)
  expect(await findSource('first-key')).not.toBeNull()
  expect(await findSource('second-key')).not.toBeNull()
})

test('a token that somebody revoked stays revoked, whatever the settings say', async () => {
  const settings = { adminToken: 'the-first-admin-token', writeKey: null }
  await seedInstallation(parts, settings)
  const principal = await signIn('the-first-admin-token')
  await revokeToken(parts, { principal, tokenId: principal.tokenId })
  expect(await seedInstallation(parts, settings)).toMatchObject({ isTokenAdded: false, isTokenRevoked: true })
  await expect(signIn('the-first-admin-token')).rejects.toMatchObject({ code: 'unauthenticated' })
})
