import type pg from 'pg'
import { takeGate } from '../gate/gate.ts'
import { inTransaction } from '../store/transaction.ts'

/** Message ids are remembered for at least this long, and for twice as long at most. */
const TURN_AFTER_HOURS = 24

/**
 * Empties the older of the two message tables and writes to it from now on, when the newer one has been written for a day.
 * Truncating is free where deleting a billion rows is not. Every workspace's gate is held alone meanwhile, in the order
 * of their ids: two batches on either side of the turn would otherwise both store the same message.
 */
export async function turnMessageTables(gatePool: pg.Pool): Promise<boolean> {
  if (!(await isDue(gatePool))) return false
  return inTransaction(gatePool, async (client) => {
    const workspaces = await client.query<{ workspace_id: string }>(
      'select workspace_id from workspace order by workspace_id',
    )
    for (const { workspace_id } of workspaces.rows) await takeGate(client, workspace_id)
    if (!(await isDue(client))) return false
    const turned = await client.query<{ turn: number }>(
      'update message_turn set turn = 1 - turn, turned_at = clock_timestamp() returning turn',
    )
    // A running backup reads the table. With every gate held it is better to come back than to wait for it.
    await client.query("set local lock_timeout = '250ms'")
    await client.query(turned.rows[0]?.turn === 0 ? 'truncate message_seen_0' : 'truncate message_seen_1')
    return true
  })
}

async function isDue(client: Pick<pg.ClientBase, 'query'>): Promise<boolean> {
  const result = await client.query<{ is_due: boolean }>(
    'select turned_at < clock_timestamp() - make_interval(hours => $1) as is_due from message_turn',
    [TURN_AFTER_HOURS],
  )
  return result.rows[0]?.is_due ?? false
}
