import { correctTraits, InvariantViolation, newestTime, type Profile, type TraitChanges } from '@heed/core'
import { Problem } from '@heed/protocol'
import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import { openProfile, sealProfile } from '../identity/sealed-profile.ts'
import { subjectsIn } from '../identity/subjects.store.ts'
import type { KeyStore, SubjectKey } from '../keys/key-store.ts'
import { profilesIn } from './profiles.store.ts'

export type CorrectionOf = {
  readonly root: string
  readonly changes: TraitChanges
  /** When the person asked, as this server wrote it down. */
  readonly at: Date
}

/**
 * Puts traits right in the profile of the person and of every part that says otherwise, so that undoing a merge brings no
 * old value back. What events have said stays in the events. Answers how many profiles were changed.
 */
export async function correctProfile(
  tx: LaneTransaction,
  keyStore: Pick<KeyStore, 'unwrap'>,
  { root, changes, at }: CorrectionOf,
): Promise<number> {
  const parts = await openParts(tx, keyStore, root)
  const newest = newestTime(
    parts.map(({ profile }) => profile),
    changes,
  )
  const changedAt = Math.max(at.getTime(), newest + 1)
  const changed = parts
    .filter(({ key, profile }) => key.subjectId === root || names(profile, changes))
    .map(({ key, profile }) => ({ key, profile: corrected(profile, changes, changedAt) }))
  await profilesIn(tx.client, tx.workspaceId).reseal(
    changed.map(({ key, profile }) => ({
      subjectId: key.subjectId,
      sealed: sealProfile(tx.workspaceId, key, profile),
    })),
  )
  refuseOther(await openParts(tx, keyStore, root), changes, changedAt)
  return changed.length
}

type Part = { readonly key: SubjectKey; readonly profile: Profile }

async function openParts(
  tx: LaneTransaction,
  keyStore: Pick<KeyStore, 'unwrap'>,
  root: string,
): Promise<readonly Part[]> {
  const { workspaceId } = tx
  const profiles = profilesIn(tx.client, workspaceId)
  await profiles.make(root)
  const rows = await profiles.of(await subjectsIn(tx.client, workspaceId).fragments([root]))
  const parts: Part[] = []
  for (const row of rows) {
    const key = await keyStore.unwrap(workspaceId, row.key)
    const profile = row.sealed === null ? new Map() : openProfile(workspaceId, key, row.sealed)
    parts.push({ key, profile })
  }
  return parts
}

function names(profile: Profile, changes: TraitChanges): boolean {
  return Object.keys(changes).some((key) => profile.has(key))
}

function corrected(profile: Profile, changes: TraitChanges, at: number): Profile {
  const correction = correctTraits(profile, changes, at)
  switch (correction.kind) {
    case 'corrected':
      return correction.profile
    case 'too-many-traits':
      throw new Problem(
        'conflict',
        `A profile keeps at most ${correction.most} traits, and this one is full; nothing was changed.`,
      )
  }
}

/** The receipt will say that the profile is right: read again from where it is kept, it must be. */
function refuseOther(parts: readonly Part[], changes: TraitChanges, at: number): void {
  const isRight = parts.some(({ profile }) =>
    Object.keys(changes).every((key) => profile.get(key)?.at === at),
  )
  if (!isRight) throw new InvariantViolation('a profile that was just corrected does not say so')
}
