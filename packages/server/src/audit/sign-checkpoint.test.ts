import { beforeEach, describe, expect, test } from 'vitest'
import { masterKey } from '../keys/master-key.ts'
import { inTransaction } from '../store/transaction.ts'
import { testDatabase } from '../testing/test-database.ts'
import { checkpointNote } from './checkpoint.store.ts'
import { publishedKeys } from './published-keys.ts'
import { raiseShown } from './shown-checkpoint.store.ts'
import { signCheckpoint } from './sign-checkpoint.ts'
import { activeSigningKey, resealSigningKeys, rotateSigningKey } from './signing-key.ts'
import { auditRig } from './testing/audit-rig.ts'
import { workspacesWaiting } from './unnumbered.store.ts'
import { openCheckpoint } from './verify-log.ts'

const db = await testDatabase()
let rig = auditRig(db.pool)
beforeEach(async () => {
  rig = auditRig(db.pool)
  await rig.addWorkspace()
})

const note = async () => {
  const log = await rig.log()
  return (await inTransaction(db.pool, (client) => checkpointNote(client, log)))!
}

test('signs size and root, and tells the journal before anybody can read it', async () => {
  await rig.tellMany(300)
  await rig.sequence()
  const shown = await rig.sign()
  const { origin, shownRoot } = await rig.log()
  const opened = openCheckpoint(await note(), await rig.publicKeys())!
  expect(opened).toMatchObject({ origin, size: 300 })
  expect(Buffer.from(opened.root)).toEqual(shownRoot)
  expect(rig.journalled).toEqual([{ kind: 'checkpoint', ...shown }])
})

test('signs at most once a second, and nothing when nothing is new', async () => {
  await rig.tellMany(1)
  await rig.sequence()
  expect(await rig.sign()).not.toBeNull()
  expect(await rig.sign()).toBeNull()
  await rig.tellMany(1)
  await rig.sequence()
  expect(await rig.sign()).toMatchObject({ size: 2 })
  await rig.tellMany(1)
  await rig.sequence()
  rig.clock.ms += 999
  expect(await signCheckpoint(rig.signing, rig.workspaceId)).toBeNull()
  rig.clock.ms += 1
  expect(await signCheckpoint(rig.signing, rig.workspaceId)).toMatchObject({ size: 3 })
})

test('shows nothing that the journal refused', async () => {
  await rig.tellMany(1)
  await rig.sequence()
  const journal = { append: () => Promise.reject(new Error('disk full')) }
  await expect(signCheckpoint({ ...rig.signing, journal }, rig.workspaceId)).rejects.toThrow('disk full')
  expect(await note()).toBeNull()
})

test('signs again what the journal knows to be shown, when the commit after it was lost', async () => {
  await rig.tellMany(3)
  await rig.sequence()
  const shown = (await rig.sign())!
  await db.pool.query(
    'update audit_log set shown_size = 0, shown_root = null, checkpoint = null, checkpoint_at = null, checkpoint_size = 0',
  )
  await inTransaction(db.pool, (client) => raiseShown(client, shown))
  expect(await inTransaction(db.pool, workspacesWaiting)).toEqual([rig.workspaceId])
  expect(await rig.sign()).toMatchObject({ size: 3, root: shown.root })
  expect(openCheckpoint(await note(), await rig.publicKeys())).toMatchObject({ size: 3 })
})

describe('the signing key', () => {
  const active = () => inTransaction(db.pool, (client) => activeSigningKey(client, rig.signing))

  test('is one, however many processes make it at once', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, active))
    expect(new Set(keys.map(({ keyId }) => keyId)).size).toBe(1)
    expect((await db.pool.query('select from signing_key')).rowCount).toBe(1)
  })

  test('stays published after a rotation, and what it signed still verifies', async () => {
    await rig.tellMany(1)
    await rig.sequence()
    await rig.sign()
    const before = await note()
    const rotated = await inTransaction(db.pool, (client) => rotateSigningKey(client, rig.signing))
    await rig.tellMany(1)
    await rig.sequence()
    await rig.sign()
    const published = await inTransaction(db.pool, publishedKeys)
    expect(published.map(({ kid, retiredAt }) => [kid === rotated.keyId, retiredAt === null])).toEqual([
      [true, true],
      [false, false],
    ])
    const keys = published.map(({ x }) => Buffer.from(x, 'base64url'))
    expect(openCheckpoint(before, keys)).toMatchObject({ size: 1 })
    expect(openCheckpoint(await note(), keys)).toMatchObject({ size: 2 })
    expect(openCheckpoint(await note(), keys.slice(1))).toBeNull()
  })

  test('opens under a new master key after it was sealed again, and no longer under the old', async () => {
    const { keyId } = await active()
    const to = masterKey(Buffer.alloc(32, 9))
    const reseal = () =>
      inTransaction(db.pool, (client) => resealSigningKeys(client, { from: rig.signing.masterKey, to }))
    expect([await reseal(), await reseal()]).toEqual([1, 0])
    const again = await inTransaction(db.pool, (client) =>
      activeSigningKey(client, { ...rig.signing, masterKey: to }),
    )
    expect(again.keyId).toBe(keyId)
    await expect(active()).rejects.toThrow('wrapped under master key')
  })

  test('lies sealed in the database', async () => {
    await active()
    const { rows } = await db.pool.query('select sealed_private from signing_key')
    expect(rows[0].sealed_private.length).toBe(48 + 29)
    expect(rows[0].sealed_private.includes(Buffer.from('302e0201', 'hex'))).toBe(false)
  })
})
