import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from '@heed/protocol'
import pg from 'pg'

/** A client inside `begin … commit`. Stores take it; only use cases open one. */
export type Transaction = pg.ClientBase

/** A pool, or something in front of one that makes its connections ready. */
export type Connects = { readonly connect: () => Promise<pg.PoolClient> }

const ATTEMPTS = 5
const PAUSE_MS = 20
const DEADLOCK = '40P01'

/**
 * Runs `work` in a read committed transaction. A deadlock is tried again with a new transaction, up to five times in all,
 * so `work` may run more than once and must have no effect outside its transaction.
 * Throws `Problem('unknown-outcome')` when the connection broke while committing: it may or may not have happened.
 */
export async function inTransaction<Result>(
  pool: Connects,
  work: (client: Transaction) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runOnce(pool, work)
    } catch (cause) {
      if (sqlStateOf(cause) !== DEADLOCK || attempt === ATTEMPTS) throw cause
      // The other one has just got its locks; at once this one would take them from under it and deadlock again.
      await sleep(attempt * PAUSE_MS)
    }
  }
}

/** The SQLSTATE the server has sent, or null when the error came from elsewhere (a broken socket's `EPIPE` looks like one). */
export function sqlStateOf(cause: unknown): string | null {
  return cause instanceof pg.DatabaseError ? (cause.code ?? null) : null
}

/** Classes 22 and 23: the data is refused, and would be refused again. */
export function isRefusedData(cause: unknown): boolean {
  return /^2[23]/.test(sqlStateOf(cause) ?? '')
}

async function runOnce<Result>(
  pool: Connects,
  work: (client: Transaction) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect()
  try {
    await client.query('begin isolation level read committed')
    const result = await work(client)
    await commit(client)
    client.release()
    return result
  } catch (cause) {
    client.release(await isUnusable(client))
    throw cause
  }
}

/** A transaction that has failed answers COMMIT with ROLLBACK: that is no success, whatever `work` made of the error. */
async function commit(client: pg.PoolClient): Promise<void> {
  const { command } = await client.query('commit').catch((cause: unknown) => {
    throw wasRefused(cause) ? cause : lostCommit(cause)
  })
  if (command !== 'COMMIT')
    throw new Error('the transaction had failed before its commit, and nobody was told')
}

/** An error of the statement itself means "not committed". A broken connection or a server going down (57) says nothing. */
export function wasRefused(cause: unknown): boolean {
  const state = sqlStateOf(cause)
  return state !== null && !state.startsWith('57') && !state.startsWith('08') && !state.startsWith('XX')
}

export function lostCommit(cause: unknown): Problem {
  return new Problem('unknown-outcome', 'The database went away during the commit. Repeat the call.', {
    cause,
  })
}

/** Leaves the connection clean, or says that it must be thrown away. */
async function isUnusable(client: pg.PoolClient): Promise<boolean> {
  return client.query('rollback').then(
    () => false,
    () => true,
  )
}
