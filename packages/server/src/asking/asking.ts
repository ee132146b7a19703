import type pg from 'pg'
import type { DigestRing } from '../identity/digest-ring.ts'
import type { KeyStore } from '../keys/key-store.ts'

/** What every question needs. Rows come through `pool`, keys through `keys`, always after the rows. */
export type Asking = {
  /** Of the primary: an answer about a "no" from a replica could be older than the "no". */
  readonly pool: pg.Pool
  readonly keys: Pick<KeyStore, 'open'>
  readonly digestsOf: (workspaceId: string) => Promise<Pick<DigestRing, 'allDigests'>>
  readonly now: () => Date
  readonly newId: () => string
}

/** Who asks, and through which route (its pattern, never its address: that may hold an id). */
export type Asker = {
  readonly workspaceId: string
  readonly actor: string
  readonly door: string
  /** Has the token the scope `privacy:read`? Restricted people's data is shown to no other. */
  readonly mayReadRestricted: boolean
}
