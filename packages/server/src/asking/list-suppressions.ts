import type { ListQuery, SuppressionPage } from '@heed/protocol'
import type { Asking } from './asking.ts'
import { causesIn } from './causes.store.ts'
import { describeCause } from './describe-cause.ts'
import { cursorAt, positionOf } from './list-cursor.ts'

/** Every "no" of the workspace, newest first. It names nobody, so looking at it is no access to personal data. */
export async function listSuppressions(
  { pool }: Pick<Asking, 'pool'>,
  workspaceId: string,
  { limit, cursor }: ListQuery,
): Promise<SuppressionPage> {
  const found = await causesIn(pool).page(workspaceId, positionOf(cursor), limit)
  const rows = found.slice(0, limit)
  const last = rows.at(-1)
  const next =
    last === undefined || found.length === rows.length ? null : { seq: last.from_seq, id: last.cause }
  const data = rows.map((row) => ({
    ...describeCause(workspaceId, row),
    digestCount: row.digest_count,
    digests: [...row.digests],
  }))
  return { data, nextCursor: cursorAt(next) }
}
