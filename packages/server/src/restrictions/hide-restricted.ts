import { publicId } from '@heed/core'
import type pg from 'pg'
import { restrictionsIn } from './restrictions.store.ts'

/** Who looks: at restricted people's data only with the scope `privacy:read`. */
export type Looking = { readonly workspaceId: string; readonly mayReadRestricted: boolean }

/** Is this person's data hidden from this look? Asked after the data was read, as keys are. */
export async function isHidden(
  pool: Pick<pg.Pool, 'query'>,
  { workspaceId, mayReadRestricted }: Looking,
  root: string,
): Promise<boolean> {
  return !mayReadRestricted && (await restrictionsIn(pool, workspaceId).among([root])).has(root)
}

export type Shown<Row> = {
  readonly shown: readonly Row[]
  /** `sub_…` of the people whose rows were left out, each once. */
  readonly restrictedSubjects: readonly string[]
}

/** Leaves out the rows of restricted people where the look may not have them, and says whose they were. */
export async function hideRestricted<Row>(
  pool: Pick<pg.Pool, 'query'>,
  { workspaceId, mayReadRestricted }: Looking,
  { rows, rootOf }: { readonly rows: readonly Row[]; readonly rootOf: (row: Row) => string },
): Promise<Shown<Row>> {
  if (mayReadRestricted) return { shown: rows, restrictedSubjects: [] }
  const hidden = await restrictionsIn(pool, workspaceId).among([...new Set(rows.map(rootOf))])
  return {
    shown: rows.filter((row) => !hidden.has(rootOf(row))),
    restrictedSubjects: [...hidden].sort().map((root) => publicId('sub', root)),
  }
}
