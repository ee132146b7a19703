import type pg from 'pg'
import { WRAPPED_KEY_TABLES } from '../keys/rotation.store.ts'
import type { Log } from '../log.ts'
import { sqlStateOf } from '../store/transaction.ts'
import { findKeyCopies, walFilesIn } from './find-key-copies.ts'
import { keyRemovalsIn } from './key-removals.store.ts'
import { overwriteFreedKeys } from './overwrite-freed-keys.ts'
import { renewWal } from './renew-wal.ts'

export type Cleaning = {
  readonly pool: pg.Pool
  readonly log: Pick<Log, 'warn' | 'error'>
  /** The server is ours and on this machine: what it wrote can be looked into. */
  readonly isEmbedded: boolean
}

/**
 * `waiting`: a session still reads a state in which the keys were there, an archive has not taken the log yet, or copies
 * were found. `no-rights`: the role may not switch the log or look at it.
 */
export type Cleaned = 'nothing-to-do' | 'busy' | 'waiting' | 'no-rights' | 'cleaned'

const LOCK = '4601, 4'

/**
 * Overwrites the copies of destroyed keys that the live cluster still has in freed pages and in its log. Afterwards only
 * archives, replicas and backups have some. On one node at a time; killed anywhere it is begun anew.
 */
export async function cleanKeyCopies(cleaning: Cleaning): Promise<Cleaned> {
  const client = await cleaning.pool.connect()
  try {
    const { rows } = await client.query<{ got: boolean }>(`select pg_try_advisory_lock(${LOCK}) as got`)
    if (rows[0]?.got !== true) return 'busy'
    return await clean(cleaning, client)
  } finally {
    // Closed, so that neither the lock nor a filling that failed half way outlives it.
    client.release(true)
  }
}

async function clean({ log, isEmbedded }: Cleaning, client: pg.PoolClient): Promise<Cleaned> {
  const removals = keyRemovalsIn(client)
  const removedAt = await removals.due()
  if (removedAt === null) return 'nothing-to-do'
  if ((await removals.countReadersOfBefore()) > 0) return 'waiting'
  await overwriteFreedKeys(client)
  const renewed = await renewWal(client).catch(isForbidden)
  if (renewed === 'no-rights') {
    log.warn(
      { job: 'clean-key-copies' },
      'copies of destroyed keys stay in the log: the role may not switch it',
    )
    return 'no-rights'
  }
  if (!renewed) return 'waiting'
  const found = isEmbedded ? await countCopies(client) : 0
  if (found > 0) {
    log.error({ job: 'clean-key-copies', count: found }, 'copies of destroyed keys were found again')
    return 'waiting'
  }
  await removals.setCleaned(removedAt)
  return 'cleaned'
}

const INSUFFICIENT_PRIVILEGE = '42501'

function isForbidden(cause: unknown): 'no-rights' {
  if (sqlStateOf(cause) === INSUFFICIENT_PRIVILEGE) return 'no-rights'
  throw cause
}

async function countCopies(client: pg.PoolClient): Promise<number> {
  const removals = keyRemovalsIn(client)
  const destroyed = await removals.destroyed()
  const { folder, files } = await removals.files(WRAPPED_KEY_TABLES)
  // Pages lie in the files only after this.
  await client.query('checkpoint')
  return findKeyCopies([...files, ...(await walFilesIn(folder))], destroyed)
}
