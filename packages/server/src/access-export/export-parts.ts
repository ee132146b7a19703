import type pg from 'pg'
import type { KeyStore } from '../keys/key-store.ts'

/** What making and handing out exports needs. Rows come through `pool`, keys through `keys`, always after the rows. */
export type ExportParts = {
  readonly pool: pg.Pool
  readonly keys: Pick<KeyStore, 'open'>
  readonly now: () => Date
  readonly newId: () => string
  /** How long backups keep a copy of what was erased here; 0: unknown. Told to the person. */
  readonly backupRetentionDays: number
}

/** An export is kept for this long after it was made. */
export const EXPORT_DAYS = 30
