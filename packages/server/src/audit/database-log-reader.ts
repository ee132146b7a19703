import { HASH_BYTES } from '@heed/core'
import type { Pool } from 'pg'
import { inTransaction } from '../store/transaction.ts'
import type { AuditLog } from './audit-log.store.ts'
import { checkpointNote } from './checkpoint.store.ts'
import { leavesFrom } from './leaves.store.ts'
import { tilesOf } from './tiles.store.ts'
import type { LogReader } from './verify-log.ts'

const ENTRIES_AT_ONCE = 1_000

/** Reads a log for `verifyLog` straight from the database. */
export function databaseLogReader(pool: Pool, log: AuditLog): LogReader {
  return {
    checkpoint: () => inTransaction(pool, (client) => checkpointNote(client, log)),
    async entries(start) {
      const leaves = await inTransaction(pool, (client) =>
        leavesFrom(client, log, { start, limit: ENTRIES_AT_ONCE }),
      )
      const gap = leaves.findIndex((leaf, at) => leaf.leaf !== start + at)
      return leaves.slice(0, gap === -1 ? leaves.length : gap)
    },
    async tile({ level, index, width }) {
      const [tile] = await inTransaction(pool, (client) => tilesOf(client, log, [{ level, index }]))
      return tile === undefined || tile.hashes.length < width * HASH_BYTES ? null : tile.hashes
    },
  }
}
