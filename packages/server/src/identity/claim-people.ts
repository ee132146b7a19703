import type { Provenance } from '@heed/core'
import type pg from 'pg'
import { shareGate } from '../gate/gate.ts'
import type { WrappedKey } from '../keys/key-store.ts'
import { type NewIdentifier, subjectsIn } from './subjects.store.ts'

/** Somebody seen for the first time, with the identifiers they came with. */
export type NewPerson = {
  readonly subjectId: string
  readonly key: WrappedKey
  readonly identifiers: readonly NewIdentifier[]
  readonly provenance: Provenance
  /** Digests of every version: if anything stands against one of them, nobody is claimed here. */
  readonly asked: readonly Buffer[]
}

/**
 * Claim, then seal (ADR 0003): the identifiers go in first, and only who won one of them becomes a person with a key.
 * Two batches that meet the same new person therefore never mint two keys that both seal. Its own short transaction, so
 * that the second read, in the statement after the commit, sees every winner.
 */
export async function claimPeople(
  client: pg.ClientBase,
  workspaceId: string,
  people: readonly NewPerson[],
): Promise<void> {
  await shareGate(client, workspaceId)
  const refused = await suppressedAmong(client, workspaceId, people)
  const free = people.filter(({ subjectId }) => !refused.has(subjectId))
  const won = new Set<string>()
  for (const [provenance, group] of Map.groupBy(free, (person) => person.provenance)) {
    const identifiers = group.flatMap((person) => person.identifiers)
    const claimed = await subjectsIn(client, workspaceId).claim(identifiers, provenance, null)
    for (const { digest, subjectId } of identifiers)
      if (claimed.has(digest.toString('hex'))) won.add(subjectId)
  }
  const winners = free.filter(({ subjectId }) => won.has(subjectId))
  await subjectsIn(client, workspaceId).create(
    winners.map(({ subjectId, key, identifiers }) => ({
      subjectId,
      key,
      hasUserId: identifiers.some(({ kind }) => kind === 'userId'),
    })),
  )
}

async function suppressedAmong(
  client: pg.ClientBase,
  workspaceId: string,
  people: readonly NewPerson[],
): Promise<ReadonlySet<string>> {
  const asked = people.flatMap(({ subjectId, asked }) => asked.map((digest) => ({ subjectId, digest })))
  const result = await client.query<{ subject_id: string }>(
    `select distinct a.subject_id from unnest($2::uuid[], $3::bytea[]) as a(subject_id, digest)
     where exists (select 1 from suppression s where s.workspace_id = $1 and s.digest = a.digest)`,
    [workspaceId, asked.map(({ subjectId }) => subjectId), asked.map(({ digest }) => digest)],
  )
  return new Set(result.rows.map((row) => row.subject_id))
}
