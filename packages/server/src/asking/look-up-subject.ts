import { publicId } from '@heed/core'
import type { AskedIdentifier, FoundSubjects } from '@heed/protocol'
import { restrictionsIn } from '../restrictions/restrictions.store.ts'
import type { Asker, Asking } from './asking.ts'
import { digestQuestion } from './digest-question.ts'
import { recordAccess } from './record-access.ts'
import { type FoundRow, subjectViewsIn } from './subject-views.store.ts'

/** Whom an identifier leads to: its owner, and everybody who named it although it is another's. */
export async function lookUpSubject(
  asking: Asking,
  asker: Asker,
  asked: AskedIdentifier,
): Promise<FoundSubjects> {
  const digests = await digestQuestion(asking, asker.workspaceId, asked)
  const rows = await subjectViewsIn(asking.pool).found(asker.workspaceId, digests)
  await recordAccess(asking, asker, { rows: rows.length, subjectId: rows[0]?.subject_id ?? null })
  const ids = rows.map(({ subject_id }) => subject_id)
  const restricted = await restrictionsIn(asking.pool, asker.workspaceId).among(ids)
  const isHidden = ({ subject_id }: FoundRow) => restricted.has(subject_id) && !asker.mayReadRestricted
  const data = rows.map((row) => ({
    id: publicId('sub', row.subject_id),
    restricted: restricted.has(row.subject_id),
    isOwner: row.is_owner,
    createdAt: isHidden(row) ? null : row.created_at.toISOString(),
  }))
  return { data, nextCursor: null }
}
