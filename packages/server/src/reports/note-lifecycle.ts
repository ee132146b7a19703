import type { Transaction } from '../store/transaction.ts'

/**
 * Writes down which of these fragments were known by a user id, an e-mail address or a phone number, while their identifiers
 * are still there to tell. An erase calls this before it deletes them, so that the lifecycle report goes on counting the
 * person where it did; a reverse need not undo it, because nobody reads it of a person whose data is there.
 */
export async function noteLifecycle(
  client: Transaction,
  workspaceId: string,
  fragments: readonly string[],
): Promise<void> {
  await client.query(
    `update subject p set lifecycle = case when p.has_user_id or exists (
         select from identifier i
         where i.workspace_id = $1 and i.subject_id = p.subject_id and i.kind = any($3::text[])
       ) then 'known' else 'visitor' end
     where p.workspace_id = $1 and p.subject_id = any($2::uuid[]) and p.counted_at is null`,
    [workspaceId, fragments, KNOWN_BY],
  )
}

/** Kinds of identifier that make a visitor a known person. */
export const KNOWN_BY: readonly string[] = ['userId', 'email', 'phone']
