import { spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sqlStateOf } from '../store/transaction.ts'
import { testDatabase } from '../testing/test-database.ts'
import type { KeyStore, MintedKey } from './key-store.ts'
import type { MasterKey } from './master-key.ts'
import { rotateWorkspaceKey, type WorkspaceRotation } from './rotate-workspace-key.ts'
import { RotationRunningError } from './rotation-lock.ts'
import { insertSubjectKey, keyStoreOn, mintStored, now } from './testing/subject-keys.ts'

const db = await testDatabase()
let keys: KeyStore
let master: MasterKey
let workspaceId = ''

beforeEach(async () => {
  ;({ keys, master } = await keyStoreOn(db))
  workspaceId = randomUUID()
})
afterEach(() => keys.close())

const rotate = (more: Partial<WorkspaceRotation> = {}) =>
  rotateWorkspaceKey({ pool: db.pool, masterKey: master, workspaceId, now, random: randomBytes, ...more })

async function kekVersions(): Promise<number[]> {
  const { rows } = await db.pool.query('select kek_version from kek where workspace_id = $1 order by 1', [
    workspaceId,
  ])
  return rows.map((row) => row.kek_version)
}

async function expectAllOpen(minted: readonly MintedKey[]): Promise<void> {
  const found = await keys.open(
    workspaceId,
    minted.map(({ row }) => row.keyId),
  )
  expect(found.size).toBe(minted.length)
  const other = minted.filter(({ key, row }) => !found.get(row.keyId)?.key.equals(key.key))
  expect(other).toEqual([])
}

test('every subject key is wrapped anew, the old version goes, and the keys are the same', async () => {
  const minted = await mintStored(db, keys, { workspaceId, count: 25 })
  const elsewhere = randomUUID()
  await mintStored(db, keys, { workspaceId: elsewhere, count: 1 })
  const progress: unknown[] = []

  const rotated = await rotate({ batchSize: 10, onProgress: (each) => progress.push(each) })

  expect(rotated).toEqual({ kekVersion: 2, rewrapped: 25, isResumed: false })
  expect(progress).toEqual([10, 20, 25].map((count) => ({ rewrapped: count, total: 25 })))
  expect(await kekVersions()).toEqual([2])
  await expectAllOpen(minted)
  const { rows } = await db.pool.query('select kek_version from kek where workspace_id = $1', [elsewhere])
  expect(rows).toEqual([{ kek_version: 1 }])
})

test('what was wrapped under the old version is nowhere in the table afterwards', async () => {
  const [minted] = await mintStored(db, keys, { workspaceId, count: 1 })
  await rotate()
  const { rows } = await db.pool.query('select wrapped from subject_key where workspace_id = $1', [
    workspaceId,
  ])
  expect(rows[0].wrapped.equals(minted!.row.wrapped)).toBe(false)
})

test('a workspace that never had a key has nothing to rotate', async () => {
  expect(await rotate()).toEqual({ kekVersion: null, rewrapped: 0, isResumed: false })
})

test('the old version cannot be deleted while a straggler is wrapped under it', async () => {
  await mintStored(db, keys, { workspaceId, count: 1 })
  await expect(db.pool.query('delete from kek where workspace_id = $1', [workspaceId])).rejects.toMatchObject(
    {
      code: '23503',
    },
  )
})

test('nodes that mint under the old version all the while lose no key', async () => {
  const stored = [...(await mintStored(db, keys, { workspaceId, count: 200 }))]
  const { keys: other } = await keyStoreOn(db, master)
  let isOver = false
  const collect = async (node: KeyStore) => {
    while (!isOver) {
      const minted = await node.mint(workspaceId, { keyId: randomUUID(), subjectId: randomUUID() })
      const [inserted] = await Promise.allSettled([insertSubjectKey(db.pool, workspaceId, minted.row)])
      if (inserted.status === 'fulfilled') stored.push(minted)
      else {
        expect(sqlStateOf(inserted.reason)).toBe('23503')
        await node.reload(workspaceId)
      }
    }
  }
  const collecting = [collect(keys), collect(keys), collect(other), collect(other)]
  for (let round = 0; round < 3; round += 1) await rotate({ batchSize: 20 })
  isOver = true
  await Promise.all(collecting)
  await other.close()

  expect(await kekVersions()).toEqual([4])
  expect(stored.length).toBeGreaterThan(200)
  await expectAllOpen(stored)
})

test('an insert that had begun under the old version before it was retired is wrapped anew with the rest', async () => {
  await mintStored(db, keys, { workspaceId, count: 3 })
  const late = await keys.mint(workspaceId, { keyId: randomUUID(), subjectId: randomUUID() })
  const client = await db.pool.connect()
  await client.query('begin')
  await client.query('insert into subject_key values ($1, $2, $3, $4, $5, $6)', [
    workspaceId,
    late.row.keyId,
    late.row.subjectId,
    late.row.kekVersion,
    late.row.wrapped,
    now(),
  ])
  const rotating = rotate()
  await untilSomebodyWaits()
  await client.query('commit')
  client.release()

  expect((await rotating).rewrapped).toBe(4)
  await expectAllOpen([late])
})

test('a key that is destroyed during the rotation stays destroyed', async () => {
  const minted = await mintStored(db, keys, { workspaceId, count: 3 })
  const doomed = minted[0]!
  const client = await db.pool.connect()
  await client.query('begin')
  await client.query('delete from subject_key where key_id = $1', [doomed.row.keyId])
  const rotating = rotate()
  await untilSomebodyWaits()
  await client.query('commit')
  client.release()

  expect((await rotating).rewrapped).toBe(2)
  expect((await keys.open(workspaceId, [doomed.row.keyId])).size).toBe(0)
  await expectAllOpen(minted.slice(1))
})

test('goes on where it was killed', async () => {
  const minted = await mintStored(db, keys, { workspaceId, count: 40 })
  await killRotationAfterItsFirstBatch()
  expect(await kekVersions()).toEqual([1, 2])
  const [between] = await mintStored(db, keys, { workspaceId, count: 1 })
  expect(between!.row.kekVersion).toBe(1)
  await expectAllOpen(minted)

  const rotated = await retryWhileRunning(rotate)

  expect(rotated).toEqual({ kekVersion: 2, rewrapped: 31, isResumed: true })
  expect(await kekVersions()).toEqual([2])
  await expectAllOpen([...minted, between!])
})

test('a second rotation at the same time is refused', async () => {
  await mintStored(db, keys, { workspaceId, count: 5 })
  const outcomes = await Promise.allSettled([rotate({ batchSize: 1 }), rotate({ batchSize: 1 })])
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
  expect(refused).toHaveLength(1)
  expect(refused[0]!.reason).toBeInstanceOf(RotationRunningError)
})

test('a damaged key stops the rotation, and nothing is lost', async () => {
  const [whole, damaged] = await mintStored(db, keys, { workspaceId, count: 2 })
  await db.pool.query('update subject_key set wrapped = $2 where key_id = $1', [
    damaged!.row.keyId,
    randomBytes(61),
  ])
  await expect(rotate({ batchSize: 1 })).rejects.toThrow('a sealed value of subject_key does not open')
  expect(await kekVersions()).toEqual([1, 2])
  await expectAllOpen([whole!])
})

/** The rotation has come to what our open transaction holds. */
async function untilSomebodyWaits(): Promise<void> {
  for (;;) {
    const { rows } = await db.pool.query(
      `select count(*)::int as waiting from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`,
    )
    if (rows[0].waiting > 0) return
  }
}

async function killRotationAfterItsFirstBatch(): Promise<void> {
  const at = (file: string) => JSON.stringify(new URL(file, import.meta.url).href)
  const script = `
    import { randomBytes } from 'node:crypto'
    import pg from 'pg'
    import { parseMasterKey } from ${at('master-key.ts')}
    import { rotateWorkspaceKey } from ${at('rotate-workspace-key.ts')}
    const [url, key, workspaceId] = process.argv.slice(-3)
    const stop = () => { process.stdout.write('first batch\\n'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0) }
    await rotateWorkspaceKey({
      pool: new pg.Pool({ connectionString: url }), masterKey: parseMasterKey(key, 'test'), workspaceId,
      now: () => new Date(), random: randomBytes, batchSize: 10, onProgress: stop,
    })`
  const args = [
    '--input-type=module',
    '-e',
    script,
    '--',
    db.url,
    master.key.export().toString('base64'),
    workspaceId,
  ]
  const child = spawn(process.execPath, args, {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** PostgreSQL notices the killed process's closed connection a moment later and gives its lock back. */
async function retryWhileRunning<Result>(work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    const [done] = await Promise.allSettled([work()])
    if (done.status === 'fulfilled') return done.value
    if (!(done.reason instanceof RotationRunningError)) throw done.reason
  }
}
