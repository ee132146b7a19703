import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { MasterKey } from '../keys/master-key.ts'
import { seal, unseal } from '../keys/seal.ts'

type JournalKeyPlace = { readonly folder: string; readonly masterKey: MasterKey }

/**
 * The key of the MACs of all chains in this folder. It is derived from the first master key, so that there is no secret
 * to lose; a later master key finds it in the file that its rotation left, because chains are never written anew.
 */
export async function journalKey({ folder, masterKey }: JournalKeyPlace): Promise<KeyObject> {
  const kept = await readFile(keptPath(folder, masterKey)).catch(nullWhenMissing)
  if (kept !== null) return createSecretKey(unseal(masterKey.key, placeOf(masterKey), kept))
  return createSecretKey(Buffer.from(hkdfSync('sha256', masterKey.key, '', 'heed no-journal v1', 32)))
}

/**
 * Leaves the key of this folder's chains for another master key; to be done before anything else of a rotation. The old
 * master key goes on opening them, so a rotation that was killed half way harms nothing, nor does doing it again.
 */
export async function keepJournalKey(
  folder: string,
  { from, to }: { readonly from: MasterKey; readonly to: MasterKey },
): Promise<void> {
  const key = await journalKey({ folder, masterKey: from })
  const path = keptPath(folder, to)
  const draft = await open(`${path}.draft`, 'w', 0o600)
  await draft.writeFile(seal(to.key, placeOf(to), key.export()))
  await draft.sync()
  await draft.close()
  await rename(`${path}.draft`, path)
  const directory = await open(folder, 'r')
  await directory.sync()
  await directory.close()
}

function keptPath(folder: string, { id }: MasterKey): string {
  return join(folder, `journal-key.${id}`)
}

function placeOf({ id }: MasterKey) {
  return { workspaceId: 'server', keyId: id, table: 'no-journal', rowId: 'mac' }
}

function nullWhenMissing(cause: unknown): null {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
  throw cause
}
