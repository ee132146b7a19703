import { type Listing, listPages } from '../list-pages.ts'
import type { Transport } from '../transport.ts'
import type { AuditEntriesQuery, AuditEntry, AuditProof, AuditProofQuery, HeedKeys } from '../wire.ts'

export type AuditRoutes = {
  /** The newest signed state of the log (a C2SP checkpoint); null when nothing was ever signed. */
  readonly checkpoint: (log?: number) => Promise<string | null>
  /** Leaves, oldest first, as far as the newest checkpoint covers them. */
  readonly entries: (query?: AuditEntriesQuery) => Listing<AuditEntry>
  /** Hashes of the tree, 32 bytes each; null when the log has no such tile. */
  readonly tile: (tile: LogTile) => Promise<Uint8Array | null>
  readonly proof: (query: AuditProofQuery) => Promise<AuditProof>
  /** The public keys that sign checkpoints. They need no token. */
  readonly keys: () => Promise<HeedKeys>
}

export type LogTile = {
  readonly level: number
  readonly index: number
  /** How many hashes of it are wanted, 1 to 256. */
  readonly width: number
  readonly log?: number
}

export function auditRoutes(transport: Transport): AuditRoutes {
  const path = '/api/v1/audit'
  return {
    async checkpoint(log) {
      const note = await transport.bytes({ method: 'GET', path: `${path}/checkpoint`, query: { log } })
      return note === null ? null : new TextDecoder().decode(note)
    },
    entries: (query = {}) => listPages(transport, `${path}/entries`, query),
    tile: ({ log, ...tile }) =>
      transport.bytes({ method: 'GET', path: `${path}/tile/${tilePath(tile)}`, query: { log } }),
    proof: (query) => transport.json({ method: 'GET', path: `${path}/proof`, query }),
    keys: () => transport.json({ method: 'GET', path: '/.well-known/heed-keys.json' }),
  }
}

const FULL_TILE = 256

/** The path of C2SP tlog-tiles: the index in groups of three digits, all but the last behind an `x`. */
function tilePath({ level, index, width }: LogTile): string {
  const digits = String(index)
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0')
  const groups = padded.replace(/\d{3}(?=\d)/g, 'x$&/')
  return `${level}/${groups}${width === FULL_TILE ? '' : `.p/${width}`}`
}
