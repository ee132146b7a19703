import { InvariantViolation, publicId } from '@heed/core'
import type { Transaction } from '../store/transaction.ts'

/** One Merkle log of a workspace. The newest one grows; the others stay as they are. */
export type AuditLog = {
  readonly workspaceId: string
  readonly logNo: number
  /** Its name in checkpoints; never used again for another log, not even by a copy of this database. */
  readonly origin: string
  /** The outbox position of its leaf 0. */
  readonly firstPosition: number
  readonly size: number
  /** Unix ms given to the last leaf. */
  readonly lastModified: number
  /** The largest checkpoint that anybody may have seen; its root is null while that is 0. */
  readonly shownSize: number
  readonly shownRoot: Buffer | null
  /** Of the newest checkpoint signed here; less than `shownSize` when the journal knows of one that was lost. */
  readonly checkpointSize: number
}

export async function newestLog(client: Transaction, workspaceId: string): Promise<AuditLog | null> {
  const { rows } = await client.query<LogRow>(
    `select ${COLUMNS} from audit_log where workspace_id = $1 order by log_no desc limit 1`,
    [workspaceId],
  )
  return rows[0] === undefined ? null : asLog(rows[0])
}

export async function logByNumber(
  client: Transaction,
  { workspaceId, logNo }: { workspaceId: string; logNo: number },
): Promise<AuditLog | null> {
  const { rows } = await client.query<LogRow>(
    `select ${COLUMNS} from audit_log where workspace_id = $1 and log_no = $2`,
    [workspaceId, logNo],
  )
  return rows[0] === undefined ? null : asLog(rows[0])
}

/** Whoever numbers or signs holds this until commit; class 4601 is the log's, 4600 the gate's. */
export async function tryLockLog(client: Transaction, workspaceId: string): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    'select pg_try_advisory_xact_lock(4601, hashtext($1)) as locked',
    [workspaceId],
  )
  return rows[0]?.locked === true
}

/** As `tryLockLog`, but waits. */
export async function lockLog(client: Transaction, workspaceId: string): Promise<void> {
  await client.query('select pg_advisory_xact_lock(4601, hashtext($1))', [workspaceId])
}

/** The log has grown to `size`. */
export async function growLog(
  client: Transaction,
  { workspaceId, logNo }: AuditLog,
  grown: { size: number; lastModified: number },
): Promise<void> {
  await client.query(
    'update audit_log set size = $3, last_modified = $4 where workspace_id = $1 and log_no = $2',
    [workspaceId, logNo, grown.size, grown.lastModified],
  )
}

/** A name for a new log. The id makes two restored copies of one database start two logs and not fork one. */
export function newOrigin(workspaceId: string, logId: string): string {
  return `heed/${publicId('wsp', workspaceId)}/${logId}`
}

/** Adds an empty log after `previous`; its positions begin beyond everything `previous` held or had shown. */
export async function addLog(
  client: Transaction,
  log: { workspaceId: string; origin: string; at: Date; previous: AuditLog | null },
): Promise<AuditLog> {
  const { workspaceId, origin, at, previous } = log
  const firstPosition =
    previous === null ? 0 : previous.firstPosition + Math.max(previous.size, previous.shownSize)
  const { rows } = await client.query<LogRow>(
    `insert into audit_log (workspace_id, log_no, origin, first_position, last_modified, created_at)
     values ($1, $2, $3, $4, $5, $6) returning ${COLUMNS}`,
    [workspaceId, (previous?.logNo ?? 0) + 1, origin, firstPosition, previous?.lastModified ?? 0, at],
  )
  const added = rows[0]
  if (added === undefined) throw new InvariantViolation('an insert of one audit log returned no row')
  return asLog(added)
}

const COLUMNS =
  'workspace_id, log_no, origin, first_position, size, last_modified, shown_size, shown_root, checkpoint_size' as const

type LogRow = {
  workspace_id: string
  log_no: number
  origin: string
  first_position: string
  size: string
  last_modified: string
  shown_size: string
  shown_root: Buffer | null
  checkpoint_size: string
}

function asLog(row: LogRow): AuditLog {
  return {
    workspaceId: row.workspace_id,
    logNo: row.log_no,
    origin: row.origin,
    firstPosition: Number(row.first_position),
    size: Number(row.size),
    lastModified: Number(row.last_modified),
    shownSize: Number(row.shown_size),
    shownRoot: row.shown_root,
    checkpointSize: Number(row.checkpoint_size),
  }
}
