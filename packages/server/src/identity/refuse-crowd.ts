import type { Stored } from '@heed/core'
import type pg from 'pg'

/**
 * How many identifiers, and fragments without any, one person may have. Every link and every "no" of a person walks them
 * all, some of it with the gate taken alone: somebody with 100,000 would make all others of the workspace wait for seconds.
 * People have tens; thousands are a test account, or a user id that every visitor is given.
 */
export const MOST_IDENTIFIERS = 10_000

/** A link would give one person more identifiers than anybody may have; nothing of it is made true. */
export class TooManyIdentifiers extends Error {
  constructor() {
    super(`one person may have ${MOST_IDENTIFIERS} identifiers`)
    this.name = 'TooManyIdentifiers'
  }
}

/** Asked with the roots locked, or the gate taken alone. @throws TooManyIdentifiers */
export async function refuseCrowd(
  client: pg.ClientBase,
  workspaceId: string,
  { home, attach, move, absorb }: Pick<Stored, 'home' | 'attach' | 'move' | 'absorb'>,
): Promise<void> {
  const roots = home === null ? absorb : [home, ...absorb]
  if (roots.length === 0) return
  const known = await countKnown(client, workspaceId, roots)
  if (known + attach.length + move.length > MOST_IDENTIFIERS) throw new TooManyIdentifiers()
}

/** Counts in a subquery, which the planner cannot turn into a join that reads everybody's identifiers. */
async function countKnown(
  client: pg.ClientBase,
  workspaceId: string,
  roots: readonly string[],
): Promise<number> {
  const { rows } = await client.query<{ known: number }>({
    name: 'count-known',
    text: `select sum(greatest(1, (
             select count(*) from identifier i where i.workspace_id = $1 and i.subject_id = f.fragment)))::integer as known
           from unnest($2::uuid[]) as r(root), subject_fragments($1, r.root) as f(fragment)`,
    values: [workspaceId, roots],
  })
  return rows[0]?.known ?? 0
}
