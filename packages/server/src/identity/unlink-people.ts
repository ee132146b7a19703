import { publicId } from '@heed/core'
import { Problem } from '@heed/protocol'
import type { LinkParts } from './link-people.ts'
import { wouldStrand } from './stranded.store.ts'
import { subjectsIn } from './subjects.store.ts'

/**
 * Undoes one merge: the row goes, and both are people of their own again, with the rows they were written with. What was
 * suppressed while they were one stays suppressed for both: silence does not lift a "no".
 */
export async function unlinkPeople(
  { lane }: Pick<LinkParts, 'lane'>,
  { workspaceId, linkId, actor }: { workspaceId: string; linkId: string; actor: string },
): Promise<void> {
  await lane.run(workspaceId, async (tx) => {
    if (await wouldStrand(tx.client, workspaceId, linkId))
      throw new Problem(
        'conflict',
        'One of the two would have events and no identifier left that leads to them; nobody could erase them then.',
      )
    const parted = await subjectsIn(tx.client, workspaceId).part(linkId)
    if (parted === null) throw new Problem('not-found', 'There is no such link, or it was undone before.')
    tx.tell([
      {
        workspaceId,
        outboxId: tx.newId(),
        kind: 'identity-unlinked',
        occurredAt: parted.at,
        actor,
        subjectId: parted.root,
        body: { linkId: publicId('lnk', linkId) },
      },
    ])
  })
}
