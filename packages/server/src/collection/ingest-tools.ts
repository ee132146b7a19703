import type pg from 'pg'
import type { DatabaseClock } from '../gate/database-clock.ts'
import type { DigestRing } from '../identity/digest-ring.ts'
import type { IngestKeys } from '../keys/ingest-keys.ts'

/** What the lanes of collection work with. */
export type IngestTools = {
  /** Connections that share the gate. */
  readonly pool: pg.Pool
  readonly keysOf: (workspaceId: string) => Promise<IngestKeys>
  /** Reads the workspace's keys again, after a rotation. */
  readonly reloadKeys: (workspaceId: string) => Promise<void>
  readonly ringOf: (workspaceId: string) => Promise<DigestRing>
  readonly clock: DatabaseClock
  /** A fresh UUIDv7. */
  readonly newId: () => string
  /** `performance.now()`. */
  readonly monotonicMs: () => number
}
