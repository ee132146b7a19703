import { appendLeaves, edgeTiles, leafHash, toBase64 } from '@heed/core'
import type { Pool } from 'pg'
import { inTransaction, type Transaction } from '../store/transaction.ts'
import { type AuditLog, addLog, growLog, newestLog, newOrigin, tryLockLog } from './audit-log.store.ts'
import { leafEntry, type OutboxRow } from './leaf.ts'
import { insertLeaves, type NumberedLeaf } from './leaves.store.ts'
import { appendToOutbox } from './outbox.store.ts'
import { sha256 } from './sha256.ts'
import { raiseShown, type ShownCheckpoint } from './shown-checkpoint.store.ts'
import { tilesOf, writeTiles } from './tiles.store.ts'
import { saltsOf, unnumbered } from './unnumbered.store.ts'

export type Sequencing = {
  readonly pool: Pool
  readonly now: () => Date
  readonly newId: () => string
  readonly random: (size: number) => Buffer
  /** The newest checkpoint this process has shown: a failover to a lagging replica may have lost it under a running server. */
  readonly lastShown: (workspaceId: string) => ShownCheckpoint | null
}

export type Sequenced =
  /** Another process is numbering this workspace. */
  { readonly kind: 'busy' } | { readonly kind: 'numbered'; readonly count: number }

/** Facts numbered in one transaction. */
export const BATCH = 1_000

/**
 * Gives the next committed facts of a workspace their positions in its log, without gaps, and grows the tree by them.
 * The lock is held by the numbering transaction itself: a process that dies or is cut off loses it with its work, and two
 * that both believe to be the one cannot both commit.
 */
export async function sequenceOutbox(sequencing: Sequencing, workspaceId: string): Promise<Sequenced> {
  return inTransaction(sequencing.pool, async (client) => {
    if (!(await tryLockLog(client, workspaceId))) return { kind: 'busy' }
    const log = await logToGrow(client, sequencing, workspaceId)
    const facts = await unnumbered(client, { workspaceId, limit: BATCH })
    if (facts.length > 0) await number(client, sequencing, { log, facts })
    return { kind: 'numbered', count: facts.length }
  })
}

/** The workspace's log; a new one when there is none, or when it is shorter than what somebody may have seen of it. */
async function logToGrow(
  client: Transaction,
  sequencing: Sequencing,
  workspaceId: string,
): Promise<AuditLog> {
  const newest = await logAsShown(client, sequencing, workspaceId)
  if (newest !== null && newest.size >= newest.shownSize) return newest
  const origin = newOrigin(workspaceId, sequencing.newId())
  const log = await addLog(client, { workspaceId, origin, at: sequencing.now(), previous: newest })
  if (newest === null) return log
  return number(client, sequencing, { log, facts: [await tellRestart(client, sequencing, newest)] })
}

/** The newest log, told of what this process remembers to have shown of it. */
async function logAsShown(
  client: Transaction,
  { lastShown }: Sequencing,
  workspaceId: string,
): Promise<AuditLog | null> {
  const newest = await newestLog(client, workspaceId)
  const shown = lastShown(workspaceId)
  const isRemembered = newest?.origin === shown?.origin && (newest?.shownSize ?? 0) >= (shown?.size ?? 0)
  if (shown === null || isRemembered) return newest
  await raiseShown(client, shown)
  return newestLog(client, workspaceId)
}

/** The first leaf of the new log names what the old one had shown, so that nobody can mistake one for the other. */
async function tellRestart(
  client: Transaction,
  { now, newId }: Sequencing,
  old: AuditLog,
): Promise<OutboxRow> {
  const fact = {
    workspaceId: old.workspaceId,
    outboxId: newId(),
    kind: 'log-restarted',
    occurredAt: now(),
    actor: 'system',
    subjectId: null,
    body: { origin: old.origin, size: old.shownSize, root: toBase64(old.shownRoot ?? new Uint8Array(0)) },
  } as const
  await appendToOutbox(client, [fact])
  return fact
}

async function number(
  client: Transaction,
  sequencing: Sequencing,
  { log, facts }: { log: AuditLog; facts: readonly OutboxRow[] },
): Promise<AuditLog> {
  const leaves = await leavesOf(client, sequencing, { log, facts })
  await insertLeaves(client, log, leaves)
  const edge = { size: log.size, tiles: await tilesOf(client, log, edgeTiles(log.size)) }
  const grown = appendLeaves(
    sha256,
    edge,
    leaves.map((leaf) => leaf.leafHash),
  )
  await writeTiles(client, log, grown.changed)
  const newSize = { size: grown.edge.size, lastModified: leaves.at(-1)?.lastModified ?? log.lastModified }
  await growLog(client, log, newSize)
  return { ...log, ...newSize }
}

async function leavesOf(
  client: Transaction,
  { now, random }: Sequencing,
  { log, facts }: { log: AuditLog; facts: readonly OutboxRow[] },
): Promise<readonly NumberedLeaf[]> {
  const subjects = facts.flatMap(({ subjectId }) => subjectId ?? [])
  const fresh = new Map(subjects.map((subjectId) => [subjectId, random(32)]))
  const salts = await saltsOf(client, { workspaceId: log.workspaceId, fresh })
  const firstModified = Math.max(now().getTime(), log.lastModified + 1)
  return facts.map((fact, at) => {
    const entry = leafEntry(fact, fact.subjectId === null ? null : (salts.get(fact.subjectId) ?? null))
    return {
      outboxId: fact.outboxId,
      position: log.firstPosition + log.size + at,
      entry,
      leafHash: Buffer.from(leafHash(sha256, Buffer.from(entry))),
      lastModified: firstModified + at,
    }
  })
}
