import { createHmac } from 'node:crypto'
import { InvariantViolation, publicId } from '@heed/core'
import canonicalize from 'canonicalize'

/** A committed fact as the outbox gives it back. */
export type OutboxRow = {
  readonly outboxId: string
  readonly kind: string
  readonly occurredAt: Date
  readonly actor: string
  readonly subjectId: string | null
  readonly body: unknown
}

/**
 * The text of a leaf: RFC 8785 JSON, which has one spelling only, so that whoever holds the facts can hash it again.
 * `salt` is the subject's; null for a fact about nobody.
 */
export function leafEntry(row: OutboxRow, salt: Buffer | null): string {
  const entry = canonicalize({
    v: 1,
    id: publicId('obx', row.outboxId),
    kind: row.kind,
    at: row.occurredAt.toISOString(),
    actor: row.actor,
    body: row.body,
    subject:
      row.subjectId === null || salt === null ? null : subjectCommitment(salt, row.outboxId, row.subjectId),
  })
  if (entry === undefined) throw new InvariantViolation('a fact has no canonical form')
  return entry
}

/**
 * HMAC-SHA-256(salt, leaf id ‖ subject id), both ids as their 16 bytes. The leaf id is in it so that two leaves of one
 * person are not alike: once the salt is gone, not even Heed can tell them to be.
 */
export function subjectCommitment(salt: Buffer, outboxId: string, subjectId: string): string {
  return createHmac('sha256', salt)
    .update(uuidBytes(outboxId))
    .update(uuidBytes(subjectId))
    .digest('base64url')
}

function uuidBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex')
}
