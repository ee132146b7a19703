import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import type { WorkspaceKeys } from '../keys/key-store.ts'
import { seal } from '../keys/seal.ts'
import { subjectsIn } from './subjects.store.ts'

export type UnknownIdentifier = {
  readonly kind: string
  readonly value: string
  readonly digests: readonly Buffer[]
}

/** Makes a person of one identifier that nobody owns, with the gate taken alone. */
export async function claimAlone(
  tx: LaneTransaction,
  { identifier, version, keys }: { identifier: UnknownIdentifier; version: number; keys: WorkspaceKeys },
): Promise<{ root: string; hasUserId: boolean }> {
  const subjects = subjectsIn(tx.client, tx.workspaceId)
  const { key, row } = keys.mint({ keyId: tx.newId(), subjectId: tx.newId() })
  const hasUserId = identifier.kind === 'userId'
  const digest = identifier.digests[0] ?? Buffer.alloc(0)
  const place = {
    workspaceId: tx.workspaceId,
    keyId: key.keyId,
    table: 'identifier',
    rowId: digest.toString('hex'),
  }
  await subjects.create([{ subjectId: key.subjectId, hasUserId, key: row }])
  await subjects.claim(
    [
      {
        digest,
        digestVersion: version,
        kind: identifier.kind,
        subjectId: key.subjectId,
        keyId: key.keyId,
        sealed: seal(key.key, place, identifier.value),
      },
    ],
    'server',
    null,
  )
  return { root: key.subjectId, hasUserId }
}
