import type pg from 'pg'

/** Another `heed keys rotate` of the same keys is at work. */
export class RotationRunningError extends Error {
  override readonly name = 'RotationRunningError'
}

/** Runs `work` while no second rotation of the same keys can; a killed process loses the lock with its connection. */
export async function underRotationLock<Result>(
  pool: pg.Pool,
  keys: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect()
  try {
    const { rows } = await client.query<{ held: boolean }>(`select pg_try_advisory_lock(${LOCK}) as held`, [
      keys,
    ])
    if (rows[0]?.held !== true) {
      throw new RotationRunningError('these keys are already being rotated; wait for that to end')
    }
    return await work().finally(() => client.query(`select pg_advisory_unlock(${LOCK})`, [keys]))
  } finally {
    // A connection that broke gave the lock back; one that did not is not trusted to be clean.
    client.release(true)
  }
}

const LOCK = '4603, hashtext($1)'
