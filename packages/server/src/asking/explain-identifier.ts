import { publicId } from '@heed/core'
import type { AskedIdentifier, Explanation } from '@heed/protocol'
import type { Asker, Asking } from './asking.ts'
import { type CauseRow, causesIn } from './causes.store.ts'
import { describeStanding } from './describe-cause.ts'
import { digestQuestion } from './digest-question.ts'
import { dropsIn } from './drops.store.ts'
import { recordAccess } from './record-access.ts'
import { subjectViewsIn } from './subject-views.store.ts'

/**
 * Why are an identifier's events dropped, or why not? Answers for identifiers nobody owns too: a suppression outlives what
 * it is about.
 */
export async function explainIdentifier(
  asking: Asking,
  asker: Asker,
  asked: AskedIdentifier,
): Promise<Explanation> {
  const { workspaceId } = asker
  const digests = await digestQuestion(asking, workspaceId, asked)
  const causes = await causesIn(asking.pool).covering(workspaceId, { digests, subjects: [] })
  const causeIds = causes.map(({ cause }) => cause)
  const total = await dropsIn(asking.pool).countFor(workspaceId, digests, causeIds)
  const found = await subjectViewsIn(asking.pool).found(workspaceId, digests)
  await recordAccess(asking, asker, { rows: found.length, subjectId: found[0]?.subject_id ?? null })
  return {
    ...describeStanding(workspaceId, causes),
    subjects: found.map(({ subject_id }) => publicId('sub', subject_id)),
    dropped: { total, since: firstBegin(causes) },
    node: { freshness: { readFrom: 'primary', readAt: asking.now().toISOString() } },
  }
}

function firstBegin(causes: readonly CauseRow[]): string | null {
  const begins = causes.map(({ from_at }) => from_at.getTime())
  return begins.length === 0 ? null : new Date(Math.min(...begins)).toISOString()
}
