import { createHash } from 'node:crypto'
import { type ErasurePlan, planHash } from '@heed/core'
import type pg from 'pg'
import { holdsIn } from '../holds/holds.store.ts'
import { subjectsIn } from '../identity/subjects.store.ts'
import type { Reached } from '../requests/reach-people.ts'
import { PERSONAL_DATA } from '../store/personal-data.ts'
import type { VersionedDigest } from '../suppression/suppressions.store.ts'

export type PlannedErase = {
  readonly reached: Pick<Reached, 'people' | 'unowned' | 'doubt'>
  readonly suppress: boolean
  readonly reversalDays: number
  readonly now: Date
}

export type StandingHold = { readonly holdId: string; readonly until: Date }

/** The name of what an erase would do now, and the holds it would wait for. Counts no row, so it costs the same for everybody. */
export async function planHashOf(
  client: pg.ClientBase,
  workspaceId: string,
  { reached, suppress, reversalDays, now }: PlannedErase,
): Promise<{ readonly hash: string; readonly holds: readonly StandingHold[] }> {
  const roots = reached.people.map(({ root }) => root)
  const fragments = await subjectsIn(client, workspaceId).fragments(roots)
  const holds = await holdsIn(client, workspaceId).openOf(fragments, now)
  const plan: ErasurePlan = {
    suppress,
    people: reached.people.map(({ closure }) => inHex(closure)),
    unowned: inHex(reached.unowned),
    tables: PLANNED_TABLES,
    destinations: [{ destination: 'heed', settings: `reversal-days:${reversalDays}` }],
    holds: holds.map(({ holdId }) => holdId),
    doubt: reached.doubt,
  }
  return { hash: planHash(plan, sha256), holds }
}

/** Every table with personal data, and what an erase does to it. */
export const PLANNED_TABLES: ErasurePlan['tables'] = Object.entries(PERSONAL_DATA).flatMap(
  ([table, entry]) => (entry.kind === 'personal' ? [{ table, action: entry.action }] : []),
)

function inHex(digests: readonly VersionedDigest[]): string[] {
  return digests.map(({ digest }) => digest.toString('hex'))
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
