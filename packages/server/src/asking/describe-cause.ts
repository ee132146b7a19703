import { publicId } from '@heed/core'
import type { Standing, SuppressionCause } from '@heed/protocol'
import type { CauseRow } from './causes.store.ts'

/** Suppressed is who has an open cause, wherever it is limited to; the first date is the least of the open ones. */
export function describeStanding(workspaceId: string, rows: readonly CauseRow[]): Standing {
  const open = rows.filter(({ until_at }) => until_at === null).map(({ from_at }) => from_at.getTime())
  return {
    suppressed: open.length > 0,
    since: open.length > 0 ? new Date(Math.min(...open)).toISOString() : null,
    causes: rows.map((row) => describeCause(workspaceId, row)),
  }
}

export function describeCause(workspaceId: string, row: CauseRow): SuppressionCause {
  return {
    cause: publicId('cau', row.cause),
    kind: row.kind,
    scope: row.scope === workspaceId ? 'workspace' : publicId('src', row.scope),
    from: row.from_at.toISOString(),
    until: row.until_at?.toISOString() ?? null,
    actor: row.actor,
    liftedBy: row.lifted_by,
    sourceId: row.source_id === null ? null : publicId('src', row.source_id),
    requestId: row.request_id === null ? null : publicId('req', row.request_id),
  }
}
