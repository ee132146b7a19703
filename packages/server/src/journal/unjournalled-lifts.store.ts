import type pg from 'pg'
import { type JournalEntry, journalEntry } from './journal-entry.ts'

/** A lift that is committed, or is about to be, and that the no-journal does not have yet. */
export type UnjournalledLift = {
  readonly workspaceId: string
  readonly liftId: string
  readonly entry: JournalEntry
}

const MOST_AT_ONCE = 1_000

/**
 * Lifts are written to the no-journal after their commit, because a "no" too many is the safe mistake. A crash in between
 * must not make it for good: their rows are written with them, and go when the journal has them. An entry that is there
 * twice changes nothing.
 */
export function unjournalledLifts(client: Pick<pg.ClientBase, 'query'>) {
  return {
    /** Writes down what this transaction lifts. Answers it, and what a crash has left of earlier ones of the workspace. */
    async keep(
      workspaceId: string,
      lifts: readonly { readonly liftId: string; readonly entry: JournalEntry }[],
    ): Promise<readonly UnjournalledLift[]> {
      const { rows } = await client.query<UnjournalledLift>(
        `with kept as (
           insert into unjournalled_lift (workspace_id, lift_id, entry)
           select $1::uuid, lift_id, entry from unnest($2::uuid[], $3::jsonb[]) as u(lift_id, entry)
           returning workspace_id, lift_id, entry),
         left_over as (
           select workspace_id, lift_id, entry from unjournalled_lift where workspace_id = $1 order by lift_id limit $4)
         select workspace_id as "workspaceId", lift_id as "liftId", entry
         from (select * from left_over union all select * from kept) as every`,
        [
          workspaceId,
          lifts.map(({ liftId }) => liftId),
          lifts.map(({ entry }) => JSON.stringify(entry)),
          MOST_AT_ONCE,
        ],
      )
      return rows.map(parsed)
    },

    /** Of every workspace: what a node that starts writes down first. */
    async leftOver(): Promise<readonly UnjournalledLift[]> {
      const { rows } = await client.query<UnjournalledLift>(
        `select workspace_id as "workspaceId", lift_id as "liftId", entry from unjournalled_lift
         order by lift_id limit $1`,
        [MOST_AT_ONCE],
      )
      return rows.map(parsed)
    },

    /** The journal has them. */
    async forget(lifts: readonly UnjournalledLift[]): Promise<void> {
      await client.query(
        `delete from unjournalled_lift l using unnest($1::uuid[], $2::uuid[]) as u(workspace_id, lift_id)
         where l.workspace_id = u.workspace_id and l.lift_id = u.lift_id`,
        [lifts.map(({ workspaceId }) => workspaceId), lifts.map(({ liftId }) => liftId)],
      )
    },
  }
}

function parsed({ entry, ...lift }: UnjournalledLift): UnjournalledLift {
  return { ...lift, entry: journalEntry.parse(entry) }
}
