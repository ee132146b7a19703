import { parsePublicId } from '@heed/core'
import { Problem } from '@heed/protocol'
import type { Asking } from './asking.ts'
import { type FragmentRow, subjectViewsIn } from './subject-views.store.ts'

/** A person as one: the root, and all parts that were merged into it. */
export type Person = {
  readonly root: string
  readonly fragmentIds: readonly string[]
  readonly createdAt: Date
  /** When what is known of the person was erased; null while it is there. */
  readonly dataDeletedAt: Date | null
}

/** Finds the person by the id of any part. @throws Problem not-found */
export async function findPerson(
  { pool }: Pick<Asking, 'pool'>,
  workspaceId: string,
  subject: string,
): Promise<Person> {
  const id = parsePublicId('sub', subject)
  const root = id === null ? null : await subjectViewsIn(pool).rootOf(workspaceId, id)
  if (root === null) throw new Problem('not-found', 'This workspace has no subject with this id.')
  const fragmentIds = await subjectViewsIn(pool).fragmentIds(workspaceId, root)
  const rows = await subjectViewsIn(pool).fragments(workspaceId, fragmentIds)
  return { root, fragmentIds, ...datesOf(root, rows) }
}

function datesOf(root: string, rows: readonly FragmentRow[]) {
  const created = rows.map(({ created_at }) => created_at.getTime())
  return {
    createdAt: new Date(Math.min(...created)),
    dataDeletedAt: rows.find(({ subject_id }) => subject_id === root)?.data_deleted_at ?? null,
  }
}
