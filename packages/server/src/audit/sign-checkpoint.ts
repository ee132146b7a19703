import { formatCheckpoint, noteSigner, signNote, treeFromTiles, treeRoot } from '@heed/core'
import type { Pool } from 'pg'
import type { Journal } from '../journal/journal.ts'
import { inTransaction, type Transaction } from '../store/transaction.ts'
import { type AuditLog, newestLog, tryLockLog } from './audit-log.store.ts'
import { checkpointAt, keepCheckpoint } from './checkpoint.store.ts'
import { sha256 } from './sha256.ts'
import type { ShownCheckpoint } from './shown-checkpoint.store.ts'
import { activeSigningKey, type SigningKeyParts } from './signing-key.ts'
import { tilesOf } from './tiles.store.ts'

export type CheckpointSigning = SigningKeyParts & {
  readonly pool: Pool
  /** Null: nothing protects the log against being continued after a restore. */
  readonly journal: Pick<Journal, 'append'> | null
}

const LEAST_MS_BETWEEN = 1_000

/**
 * Signs the state of a workspace's log, at most once a second. The leaves are committed by then, and the journal knows of the
 * checkpoint before anybody can read it: a log that lost leaves in a restore is then never continued under the same name.
 * @returns what may be shown from now on; null when there is nothing new, it is too soon, or another process is at it.
 */
export async function signCheckpoint(
  signing: CheckpointSigning,
  workspaceId: string,
): Promise<ShownCheckpoint | null> {
  return inTransaction(signing.pool, async (client) => {
    if (!(await tryLockLog(client, workspaceId))) return null
    const log = await newestLog(client, workspaceId)
    if (log === null || log.size <= log.checkpointSize || log.size < log.shownSize) return null
    const last = await checkpointAt(client, log)
    const at = signing.now()
    if (last !== null && at.getTime() - last.getTime() < LEAST_MS_BETWEEN) return null
    return signAndKeep(client, signing, { log, at })
  })
}

async function signAndKeep(
  client: Transaction,
  signing: CheckpointSigning,
  { log, at }: { log: AuditLog; at: Date },
): Promise<ShownCheckpoint> {
  const { workspaceId, origin, size } = log
  const tree = treeFromTiles(sha256, (tiles) => tilesOf(client, log, tiles))
  const root = Buffer.from(await treeRoot(tree, size))
  const key = await activeSigningKey(client, signing)
  const signer = noteSigner(sha256, { name: origin, publicKey: key.publicKey })
  const note = signNote(formatCheckpoint({ origin, size, root }), signer, key.sign)
  const shown = { workspaceId, origin, size, root: root.toString('hex'), at: at.toISOString() }
  await signing.journal?.append([{ kind: 'checkpoint', ...shown }])
  await keepCheckpoint(client, log, { size, root, note, at })
  return shown
}
