import { parsePublicId } from '@heed/core'
import { type NewLifting, Problem } from '@heed/protocol'
import type { ExclusiveLane } from '../gate/exclusive-lane.ts'
import { requestsIn } from '../requests/requests.store.ts'
import { liftCauses } from './lift-causes.ts'
import { suppressionsIn } from './suppressions.store.ts'

/** Takes back the opt-outs that came through one source in an interval: what a flood of forged ones left behind. */
export async function liftOptOuts(
  lane: ExclusiveLane,
  { workspaceId, actor, lifting }: { workspaceId: string; actor: string; lifting: NewLifting },
): Promise<{ lifted: number }> {
  const sourceId = parsePublicId('src', lifting.source)
  if (sourceId === null) throw new Problem('invalid-body', 'source takes an id that begins with src_.')
  return lane.run(workspaceId, async (tx) => {
    const known = await requestsIn(tx.client, workspaceId).sourcesOf([sourceId])
    if (!known.has(sourceId)) throw new Problem('not-found', 'This workspace has no such source.')
    const interval = [sourceId, new Date(lifting.from), new Date(lifting.to)] as const
    const causes = await suppressionsIn(tx.client, workspaceId).optOutsThrough(...interval)
    await liftCauses(tx, { causes, actor, requestId: null })
    return { lifted: causes.length }
  })
}
