import { randomBytes, randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { openDigestRing } from '../identity/open-digest-ring.ts'
import { testDatabase } from '../testing/test-database.ts'
import type { MintedKey } from './key-store.ts'
import { masterKey } from './master-key.ts'
import { rotateMasterKey } from './rotate-master-key.ts'
import { keyStoreOn, mintStored, now } from './testing/subject-keys.ts'

const db = await testDatabase()
const newMaster = () => masterKey(randomBytes(32))

async function wrappedUnder(): Promise<unknown[]> {
  const { rows } = await db.pool.query(
    `select 'kek' as of, master_key_id as id, count(*)::int from kek group by 1, 2
     union all select 'digest_key', master_key_id, count(*)::int from digest_key group by 1, 2
     union all select 'master_key', master_key_id, count(*)::int from master_key group by 1, 2 order by 1`,
  )
  return rows.map((row) => [row.of, row.id, row.count])
}

async function threeWorkspaces() {
  const { keys, master } = await keyStoreOn(db)
  const workspaceIds = [randomUUID(), randomUUID(), randomUUID()]
  const minted: (MintedKey & { readonly workspaceId: string })[] = []
  for (const workspaceId of workspaceIds) {
    const [one] = await mintStored(db, keys, { workspaceId, count: 1 })
    await openDigestRing({ db: db.pool, masterKey: master, now, random: randomBytes }, workspaceId)
    minted.push({ workspaceId, ...one! })
  }
  return { keys, master, minted }
}

test('everything is wrapped under the new key, and opens with it', async () => {
  const { keys, master, minted } = await threeWorkspaces()
  const to = newMaster()
  const progress: number[][] = []

  const rewrapped = await rotateMasterKey({
    pool: db.pool,
    from: master,
    to,
    now,
    batchSize: 2,
    onProgress: ({ rewrapped, total }) => progress.push([rewrapped, total]),
  })

  expect(rewrapped).toBe(6)
  expect(progress).toEqual([
    [2, 3],
    [3, 3],
    [2, 3],
    [3, 3],
  ])
  expect(await wrappedUnder()).toEqual([
    ['digest_key', to.id, 3],
    ['kek', to.id, 3],
    ['master_key', to.id, 1],
  ])
  const { keys: fresh } = await keyStoreOn(db, to)
  for (const { workspaceId, row, key } of minted) {
    expect((await fresh.open(workspaceId, [row.keyId])).get(row.keyId)!.key.equals(key.key)).toBe(true)
  }
  await Promise.all([keys.close(), fresh.close()])
})

test('goes on where it was interrupted, and once done changes nothing more', async () => {
  const { keys, master } = await threeWorkspaces()
  const to = newMaster()
  const rotation = { pool: db.pool, from: master, to, now, batchSize: 1 }
  const interrupt = () => {
    throw new Error('interrupted')
  }
  await expect(rotateMasterKey({ ...rotation, onProgress: interrupt })).rejects.toThrow('interrupted')

  expect(await rotateMasterKey(rotation)).toBe(5)
  expect(await rotateMasterKey(rotation)).toBe(0)
  expect(await wrappedUnder()).toContainEqual(['master_key', to.id, 1])
  await keys.close()
})

test('a node with the old key keeps what it has loaded, makes nothing new under it, and says why', async () => {
  const { keys, master, minted } = await threeWorkspaces()
  await rotateMasterKey({ pool: db.pool, from: master, to: newMaster(), now })

  const { workspaceId, row } = minted[0]!
  expect((await keys.open(workspaceId, [row.keyId])).size).toBe(1)
  await expect(keys.reload(workspaceId)).rejects.toThrow(`the one given is ${master.id}`)
  await expect(keys.load(randomUUID())).rejects.toThrow(`master key ${master.id} is not, or no longer`)
  await keys.close()
})

test('is refused when the old key is not the one the database answers to', async () => {
  const { keys, master } = await threeWorkspaces()
  const stranger = newMaster()
  await expect(rotateMasterKey({ pool: db.pool, from: stranger, to: newMaster(), now })).rejects.toThrow(
    `wrapped under master key ${master.id}, but the one given is ${stranger.id}`,
  )
  expect(await wrappedUnder()).toContainEqual(['master_key', master.id, 1])
  await keys.close()
})

test('workspaces that appear all the while end up under the new key or are refused', async () => {
  const { keys, master } = await threeWorkspaces()
  const to = newMaster()
  let isOver = false
  const appear = async () => {
    while (!isOver) await Promise.allSettled([keys.load(randomUUID())])
  }
  const appearing = [appear(), appear()]
  await rotateMasterKey({ pool: db.pool, from: master, to, now, batchSize: 1 })
  isOver = true
  await Promise.all(appearing)
  expect((await wrappedUnder()).map((row) => (row as unknown[])[1])).toEqual([to.id, to.id, to.id])
  await keys.close()
})
