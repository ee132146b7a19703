import type { Provenance, Stored } from '@heed/core'
import type pg from 'pg'
import type { Reading, SettledIdentifier } from '../collection/prepared-item.ts'
import type { Writer } from '../collection/stage-item.ts'
import type { IngestKeys } from '../keys/ingest-keys.ts'
import type { SubjectKey, WrappedKey } from '../keys/key-store.ts'
import { seal } from '../keys/seal.ts'
import type { Knowledge } from './knowledge.store.ts'
import { type NewIdentifier, subjectsIn } from './subjects.store.ts'

/** Somebody else claimed one of the identifiers between our reading and our writing; the work begins again. */
export class LinkRaced extends Error {
  constructor() {
    super('an identifier found an owner meanwhile')
    this.name = 'LinkRaced'
  }
}

export type Linking = {
  readonly workspaceId: string
  readonly provenance: Provenance
  readonly keys: IngestKeys
  readonly newId: () => string
  /** The digest ring's current version, which new identifiers are written under. */
  readonly digestVersion: number
  /** The link an API call made; null for what collected events say. */
  readonly linkId: string | null
}

/**
 * Makes a placement true: new owners, moves, mentions and merges, under the gate and with the roots locked.
 * Answers under whom the item is written. @throws LinkRaced
 */
export async function applyPlacement(
  client: pg.ClientBase,
  linking: Linking,
  subject: { identifiers: readonly SettledIdentifier[]; knowledge: Knowledge; placement: Stored },
): Promise<Writer> {
  const { identifiers, placement } = subject
  const subjects = subjectsIn(client, linking.workspaceId)
  const person = await personOf(client, linking, subject)
  const at = (positions: readonly number[]) => positions.flatMap((position) => identifiers[position] ?? [])
  const attached = at(placement.attach).map(({ reading }) => newIdentifier(reading, person, linking))
  if (attached.length > 0) {
    const claimed = await subjects.claim(attached, linking.provenance, linking.linkId)
    if (attached.some(({ digest }) => !claimed.has(digest.toString('hex')))) throw new LinkRaced()
    if (attached.some(({ kind }) => kind === 'userId')) await subjects.markUserIds([person.root])
  }
  for (const { reading } of at(placement.move)) {
    const digest = ownedDigest(reading, subject.knowledge) ?? reading.digest
    await subjects.move(newIdentifier({ ...reading, digest }, person, linking), linking.provenance)
  }
  const mentioned = at(placement.mention).map(
    ({ reading }) => ownedDigest(reading, subject.knowledge) ?? reading.digest,
  )
  if (mentioned.length > 0) await subjects.mention(mentioned, person.key.subjectId)
  for (const absorbed of placement.absorb) {
    const linkId = linking.linkId ?? linking.newId()
    await subjects.absorb({ absorbed, root: person.root, linkId, provenance: linking.provenance })
  }
  return writerAfter(linking, subject, person)
}

/** The primary's own fragment and digest, as they were unless it is new; another fragment's would be refused as `moved`. */
function writerAfter(
  { keys }: Linking,
  subject: { identifiers: readonly SettledIdentifier[]; knowledge: Knowledge; placement: Stored },
  person: Person,
): Writer {
  const { identifiers, placement } = subject
  const primary = identifiers[placement.primary]?.reading
  if (primary !== undefined && placement.attach.includes(placement.primary))
    return { key: person.key, ownerDigest: primary.digest }
  const writer = writerOf(subject, keys)
  if (writer === null) throw new LinkRaced()
  return writer
}

/** Under whom the item is written when nothing changes; null when the key of the person is gone. */
export function writerOf(
  {
    identifiers,
    knowledge,
    placement,
  }: { identifiers: readonly SettledIdentifier[]; knowledge: Knowledge; placement: Stored },
  keys: IngestKeys,
): Writer | null {
  const reading = identifiers[placement.primary]?.reading
  const owned = reading === undefined ? null : ownedDigest(reading, knowledge)
  const key = owned && knowledge.get(owned.toString('hex'))?.owner?.key
  return owned && key ? { key: keys.unwrap(key), ownerDigest: owned } : null
}

/** The digest, of whichever version, under which somebody owns this identifier. */
function ownedDigest({ digests }: Reading, knowledge: Knowledge): Buffer | null {
  return digests.find((digest) => knowledge.get(digest.toString('hex'))?.owner) ?? null
}

export function newIdentifier(
  reading: Reading,
  person: { key: SubjectKey },
  linking: Linking,
): NewIdentifier {
  const { subjectId, keyId, key } = person.key
  const rowId = reading.digest.toString('hex')
  return {
    digest: reading.digest,
    digestVersion: linking.digestVersion,
    kind: reading.kind,
    subjectId,
    keyId,
    sealed: seal(key, { workspaceId: linking.workspaceId, keyId, table: 'identifier', rowId }, reading.value),
  }
}

type Person = { readonly root: string; readonly key: SubjectKey }

async function personOf(
  client: pg.ClientBase,
  linking: Linking,
  { knowledge, placement }: { knowledge: Knowledge; placement: Stored },
): Promise<Person> {
  if (placement.home === null) return createPerson(client, linking)
  return { root: placement.home, key: linking.keys.unwrap(keyAt(placement.home, knowledge)) }
}

async function createPerson(client: pg.ClientBase, linking: Linking): Promise<Person> {
  const subjectId = linking.newId()
  const { key, row } = linking.keys.mint({ keyId: linking.newId(), subjectId })
  await subjectsIn(client, linking.workspaceId).create([{ subjectId, hasUserId: false, key: row }])
  return { root: subjectId, key }
}

/** The key of a fragment of this root that the item itself names: any will do, reads ask all fragments. */
function keyAt(root: string, knowledge: Knowledge): WrappedKey {
  for (const { owner } of knowledge.values()) if (owner?.root === root && owner.key !== null) return owner.key
  throw new LinkRaced()
}
