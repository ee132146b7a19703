import { publicId } from '@heed/core'
import { Problem, type SourceChange } from '@heed/protocol'
import type { ClientBase } from 'pg'
import { appendToOutbox } from '../audit/outbox.store.ts'
import { inTransaction } from '../store/transaction.ts'
import { type AccessParts, freshId } from './access-parts.ts'
import { writeKeyTaken } from './create-source.ts'
import { mergeSourceSettings } from './merge-source-settings.ts'
import { mintWriteKey } from './mint-write-key.ts'
import type { Principal } from './principal.ts'
import { lockSource, replaceWriteKey, type SourceRow, updateSource } from './sources.store.ts'
import { secretDigest } from './token-format.ts'

export type ChangeSource = {
  readonly principal: Principal
  readonly sourceId: string
  readonly change: SourceChange
}

export type SourceChanged = { readonly source: SourceRow; readonly writeKey: string | null }

/** Changes what is named and nothing else. Other nodes follow within five seconds, which is how long they keep a source. */
export async function changeSource(
  parts: AccessParts,
  { principal, sourceId, change }: ChangeSource,
): Promise<SourceChanged> {
  const { workspaceId, actor } = principal
  return inTransaction(parts.pool, async (client) => {
    const before = await lockSource(client, { workspaceId, sourceId })
    if (before === null) throw new Problem('not-found', 'This workspace has no such source.')
    const source = applyChange(before, change)
    await updateSource(client, source)
    const writeKey = change.rotateWriteKey === true ? mintWriteKey(parts.random) : (change.writeKey ?? null)
    if (writeKey !== null) await setWriteKey(client, source, writeKey)
    const changed = changedFields(before, source, writeKey)
    const fact = { workspaceId, outboxId: freshId(parts), occurredAt: parts.now(), actor, subjectId: null }
    const body = { sourceId: publicId('src', sourceId), changed }
    if (changed.length > 0) await appendToOutbox(client, [{ ...fact, kind: 'source-changed', body }])
    return { source, writeKey }
  })
}

function applyChange(before: SourceRow, change: SourceChange): SourceRow {
  return {
    ...before,
    name: change.name ?? before.name,
    trust: change.trust ?? before.trust,
    enabled: change.enabled ?? before.enabled,
    settings: mergeSourceSettings(before.settings, change.settings ?? {}),
  }
}

async function setWriteKey(client: ClientBase, source: SourceRow, writeKey: string): Promise<void> {
  try {
    await replaceWriteKey(client, source, secretDigest(writeKey))
  } catch (cause) {
    throw isTaken(cause) ? writeKeyTaken(cause) : cause
  }
}

function isTaken(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === '23505'
}

/** The fields whose values differ, by name only: a source's name is text somebody wrote. */
function changedFields(before: SourceRow, after: SourceRow, writeKey: string | null): string[] {
  const plain = (['name', 'trust', 'enabled'] as const).filter((field) => before[field] !== after[field])
  const old = new Map<string, unknown>(Object.entries(before.settings))
  const settings = Object.entries(after.settings).filter(([name, value]) => old.get(name) !== value)
  return [
    ...plain,
    ...settings.map(([name]) => `settings.${name}`),
    ...(writeKey === null ? [] : ['writeKey']),
  ]
}
