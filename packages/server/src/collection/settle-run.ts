import { Problem } from '@heed/protocol'
import type { ExclusiveLane } from '../gate/exclusive-lane.ts'
import { isStaleKey } from '../keys/ingest-keys.ts'
import type { ItemVerdict } from './collected-item.ts'
import { type FastVerdict, settleTogether } from './fast-lane.ts'
import type { IngestTools } from './ingest-tools.ts'
import type { ItemContext } from './item-context.ts'
import type { Taken } from './pending-call.ts'
import { type SettledVerdict, settleItem } from './settle-item.ts'

/** A batch may find this often that its people have moved before the call is told to come back. */
const MOST_ATTEMPTS = 8

/** The fast lane for a batch; once more with fresh keys when the workspace key was rotated meanwhile. */
export async function settleBatch(tools: IngestTools, batch: readonly Taken[]): Promise<FastVerdict[][]> {
  const workspaceId = batch[0]?.call.workspaceId ?? ''
  const runs = batch.map(({ call, positions }) => ({
    items: positions.flatMap((at) => call.items[at] ?? []),
  }))
  return settleTogether(tools, workspaceId, runs).catch(async (error: unknown) => {
    if (!isStaleKey(error)) throw error
    await tools.reloadKeys(workspaceId)
    return settleTogether(tools, workspaceId, runs)
  })
}

type Lanes = { readonly tools: IngestTools; readonly lane: ExclusiveLane }

/** Notes what the fast lane settled; the item it stopped at goes through the slow lane now, before the rest of its call. */
export async function settleRun(
  { tools, lane }: Lanes,
  { call, positions }: Taken,
  verdicts: readonly FastVerdict[],
): Promise<void> {
  const hasMoved = verdicts.includes('moved')
  if (hasMoved) call.attempts += 1
  if (call.attempts > MOST_ATTEMPTS) throw comeBack()
  for (const [at, verdict] of verdicts.entries()) {
    const position = positions[at] ?? 0
    const context = call.items[position]
    if (context === undefined || verdict === 'moved' || (verdict === 'slow' && hasMoved)) continue
    const settled = verdict === 'slow' ? await settleItem(tools, lane, context) : verdict
    if (settled === 'moved') throw comeBack()
    call.verdicts[position] = verdictOf(settled, context)
  }
}

function comeBack(): Problem {
  return new Problem('overloaded', 'Try again.', { retryAfter: 1 })
}

function verdictOf(verdict: Exclude<SettledVerdict, 'moved'>, { prepared }: ItemContext): ItemVerdict {
  if (verdict === 'stored') return { kind: 'stored', eventId: prepared.eventId }
  if (verdict === 'rejected') return { kind: 'rejected', code: 'refused-by-database' }
  if (verdict === 'too-many-identifiers') return { kind: 'rejected', code: verdict }
  return { kind: verdict }
}
