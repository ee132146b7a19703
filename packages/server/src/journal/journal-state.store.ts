import type { Transaction } from '../store/transaction.ts'

/** Up to which entry of which node's journal this database holds what the journal says. */
export type JournalState = {
  readonly workspaceId: string
  readonly nodeId: string
  readonly position: number
}

/**
 * Notes that this transaction makes the entry at `position` true. In the transaction that changes a "no", after its entry
 * is in the journal and before the commit. Positions never go back.
 */
export async function noteJournalPosition(client: Transaction, state: JournalState): Promise<void> {
  await client.query(
    `insert into journal_state as known (workspace_id, node_id, position) values ($1, $2, $3)
     on conflict (workspace_id, node_id) do update set position = excluded.position
     where known.position < excluded.position`,
    [state.workspaceId, state.nodeId, state.position],
  )
}

/** What this database knows of every journal; of all workspaces, or of one. */
export async function journalStates(
  client: Transaction,
  workspaceId: string | null = null,
): Promise<readonly JournalState[]> {
  const { rows } = await client.query<{ workspace_id: string; node_id: string; position: string }>(
    'select workspace_id, node_id, position from journal_state where $1::uuid is null or workspace_id = $1',
    [workspaceId],
  )
  return rows.map((row) => ({
    workspaceId: row.workspace_id,
    nodeId: row.node_id,
    position: Number(row.position),
  }))
}
