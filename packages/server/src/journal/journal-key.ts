import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'

/** The key of the journal's MACs, derived from the master key: the journal has no secret of its own to lose. */
export function journalKey(masterKey: KeyObject): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', masterKey, '', 'heed no-journal v1', 32)))
}
