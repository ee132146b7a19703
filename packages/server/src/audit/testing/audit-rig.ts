import { randomBytes, randomUUID } from 'node:crypto'
import { newUuid } from '@heed/core'
import type { Pool } from 'pg'
import type { JournalEntry } from '../../journal/journal-entry.ts'
import { masterKey } from '../../keys/master-key.ts'
import { inTransaction } from '../../store/transaction.ts'
import { type AuditLog, newestLog } from '../audit-log.store.ts'
import type { Fact } from '../fact.ts'
import { appendToOutbox } from '../outbox.store.ts'
import { type Sequencing, sequenceOutbox } from '../sequence-outbox.ts'
import { type CheckpointSigning, signCheckpoint } from '../sign-checkpoint.ts'
import { signingKeys } from '../signing-key.store.ts'

/** A workspace with a clock of its own, facts to append, and the parts that number and sign them. */
export function auditRig(pool: Pool, workspaceId: string = randomUUID()) {
  const journalled: JournalEntry[] = []
  const clock = { ms: Date.UTC(2026, 0, 1) }
  const now = () => new Date(clock.ms)
  const newId = () => newUuid(clock.ms, randomBytes)
  const sequencing: Sequencing = { pool, now, newId, random: randomBytes, lastShown: () => null }
  const signing: CheckpointSigning = {
    pool,
    now,
    newId,
    masterKey: masterKey(Buffer.alloc(32, 1)),
    journal: { append: async (entries) => journalled.push(...entries) },
  }

  function fact(setting: string, subjectId: string | null = null): Fact {
    return {
      workspaceId,
      outboxId: newId(),
      kind: 'setting-changed',
      occurredAt: now(),
      actor: 'token:tok_1',
      subjectId,
      body: { setting },
    }
  }

  return {
    workspaceId,
    journalled,
    clock,
    sequencing,
    signing,
    fact,
    addWorkspace: () => pool.query("insert into workspace values ($1, 'w', now())", [workspaceId]),
    tell: (facts: readonly Fact[]) => inTransaction(pool, (client) => appendToOutbox(client, facts)),
    tellMany: (count: number) =>
      inTransaction(pool, (client) =>
        appendToOutbox(
          client,
          Array.from({ length: count }, (_, at) => fact(`s${at}`, at % 3 === 0 ? randomUUID() : null)),
        ),
      ),
    sequence: () => sequenceOutbox(sequencing, workspaceId),
    /** A second later, so that a checkpoint is due. */
    sign() {
      clock.ms += 1_000
      return signCheckpoint(signing, workspaceId)
    },
    async log(): Promise<AuditLog> {
      const log = await inTransaction(pool, (client) => newestLog(client, workspaceId))
      if (log === null) throw new Error('there is no log yet')
      return log
    },
    async publicKeys(): Promise<Buffer[]> {
      const keys = await inTransaction(pool, signingKeys)
      return keys.map(({ publicKey }) => publicKey)
    },
  }
}
