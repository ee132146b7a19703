import { parsePublicId, publicId } from '@heed/core'
import { type Hold, type ListQuery, Problem } from '@heed/protocol'
import type { Asker, Asking } from '../asking/asking.ts'
import { recordAccess } from '../asking/record-access.ts'
import type { SubjectKey } from '../keys/key-store.ts'
import { unseal } from '../keys/seal.ts'
import { isHidden } from '../restrictions/hide-restricted.ts'
import { type HoldRow, holdsIn } from './holds.store.ts'
import { type PersonToHold, personToHold } from './person-to-hold.store.ts'
import { holdPlace } from './place-hold.ts'

export type HoldQuestion = { readonly subjectId: string; readonly query: ListQuery }

/** A person's holds, newest first, ended and released ones too. */
export async function listHolds(
  asking: Asking,
  asker: Asker,
  { subjectId, query }: HoldQuestion,
): Promise<{ data: Hold[]; nextCursor: string | null }> {
  const person = await personOf(asking, asker, subjectId)
  const before = query.cursor === undefined ? null : parsePublicId('hld', query.cursor)
  if (query.cursor !== undefined && before === null)
    throw new Problem('invalid-body', 'cursor must be the nextCursor of a page of this list.')
  const rows = await holdsIn(asking.pool, asker.workspaceId).list(person.fragments, {
    before,
    limit: query.limit,
  })
  const data = await shown(asking, asker, { person, rows: rows.slice(0, query.limit) })
  return { data, nextCursor: rows.length > query.limit ? (data.at(-1)?.id ?? null) : null }
}

/** One hold of a person. @throws Problem not-found */
export async function readHold(
  asking: Asking,
  asker: Asker,
  { subjectId, holdId }: { readonly subjectId: string; readonly holdId: string },
): Promise<Hold> {
  const person = await personOf(asking, asker, subjectId)
  const row = await holdsIn(asking.pool, asker.workspaceId).find(holdId, person.fragments)
  const [found] = row === null ? [] : await shown(asking, asker, { person, rows: [row] })
  if (found === undefined) throw new Problem('not-found', 'This person has no hold with this id.')
  return found
}

async function personOf({ pool }: Asking, { workspaceId }: Asker, subjectId: string): Promise<PersonToHold> {
  const person = await personToHold(pool, workspaceId, subjectId)
  if (person === null) throw new Problem('not-found', 'This workspace has no subject with this id.')
  return person
}

/** The reasons are personal data: opened after the rows were read, and every look at them is recorded. */
async function shown(
  asking: Asking,
  asker: Asker,
  { person, rows }: { readonly person: PersonToHold; readonly rows: readonly HoldRow[] },
): Promise<Hold[]> {
  const { workspaceId } = asker
  const opened = await asking.keys.open(workspaceId, [...new Set(rows.map(({ keyId }) => keyId))])
  const isSecret = await isHidden(asking.pool, asker, person.root)
  await recordAccess(asking, asker, { rows: rows.length, subjectId: person.root })
  const now = asking.now()
  return rows.map((row) => ({
    id: publicId('hld', row.holdId),
    subjectId: publicId('sub', person.root),
    reason: isSecret ? null : reasonOf(workspaceId, row, opened.get(row.keyId)),
    until: row.until.toISOString(),
    createdAt: row.createdAt.toISOString(),
    createdBy: row.createdBy,
    releasedAt: row.releasedAt?.toISOString() ?? null,
    releasedBy: row.releasedBy,
    isOpen: row.releasedAt === null && row.until > now,
  }))
}

function reasonOf(workspaceId: string, row: HoldRow, key: SubjectKey | undefined): string | null {
  if (key === undefined || row.sealed === null) return null
  return unseal(
    key.key,
    holdPlace({ workspaceId, keyId: row.keyId, holdId: row.holdId }),
    row.sealed,
  ).toString()
}
