import { link, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { CannotStart } from '../store/cannot-start.ts'
import { inTransaction, type Transaction } from '../store/transaction.ts'

/** A node that has not been heard of for this long is taken to be gone. */
const GONE_AFTER_SECONDS = 30
export const HEARTBEAT_MS = 5_000

export type Node = { readonly nodeId: string; readonly hasSharedJournal: boolean }

/** This node's id, made at its first start and kept in its data folder: its journal is named after it. */
export async function nodeIdOf(dataDir: string, newId: () => string): Promise<string> {
  const file = join(dataDir, 'node-id')
  const draft = `${file}.${newId()}`
  await writeFile(draft, `node-${newId()}`, { mode: 0o600 }).catch(cannotWrite(draft))
  // Linked, not written in place: a kill half way would leave an empty id.
  await link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') cannotWrite(file)(error)
  })
  await unlink(draft)
  return (await readFile(file, 'utf8')).trim()
}

function cannotWrite(file: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    throw new CannotStart(`${file} cannot be written: ${error.code ?? 'unknown'}`)
  }
}

/**
 * Enters this node. A second one whose journal nobody else could read is refused: after a restore neither could replay the
 * other's "no"s.
 */
export async function registerNode(pool: pg.Pool, node: Node): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock(4601, 2)')
    const others = await client.query<{ node_id: string; has_shared_journal: boolean }>(
      `select node_id, has_shared_journal from node
       where node_id <> $1 and seen_at > clock_timestamp() - make_interval(secs => $2)`,
      [node.nodeId, GONE_AFTER_SECONDS],
    )
    const alone = others.rows.find((other) => !other.has_shared_journal || !node.hasSharedJournal)
    if (alone !== undefined)
      throw new CannotStart(
        `another node (${alone.node_id}) uses this database. Several nodes need HEED_JOURNAL_URL, the same shared ` +
          'folder on each; set it on all of them and start them again (a node that was killed is forgotten after 30 s).',
      )
    await client.query(
      `insert into node (node_id, has_shared_journal, started_at, seen_at) values ($1, $2, clock_timestamp(), clock_timestamp())
       on conflict (node_id) do update set has_shared_journal = excluded.has_shared_journal, started_at = excluded.started_at, seen_at = excluded.seen_at`,
      [node.nodeId, node.hasSharedJournal],
    )
  })
}

export async function noteHeartbeat(pool: pg.Pool, nodeId: string): Promise<void> {
  await pool.query('update node set seen_at = clock_timestamp() where node_id = $1', [nodeId])
}

/** The nodes that have been heard of lately, without this one. */
export async function livingNodes(client: Transaction, nodeId: string): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ node_id: string }>(
    'select node_id from node where node_id <> $1 and seen_at > clock_timestamp() - make_interval(secs => $2)',
    [nodeId, GONE_AFTER_SECONDS],
  )
  return new Set(rows.map(({ node_id }) => node_id))
}

/** A node that stops in good order is not waited for. */
export async function leaveNode(pool: pg.Pool, nodeId: string): Promise<void> {
  await pool.query('delete from node where node_id = $1', [nodeId])
}
