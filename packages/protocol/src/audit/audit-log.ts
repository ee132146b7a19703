import { z } from 'zod'
import { timestamp } from '../control/text.ts'

const count = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const hash = z.string().describe('SHA-256, base64')

/** A workspace has one log at a time; a restore of the database can begin a new one, and the older ones stay readable. */
const log = z.coerce
  .number()
  .int()
  .min(1)
  .max(2 ** 31 - 1)
  .optional()
  .describe('Number of the log; the newest one when absent.')

export const auditLogQuery = z.strictObject({ log })

export type AuditLogQuery = z.infer<typeof auditLogQuery>

export const auditEntriesQuery = z.strictObject({
  log,
  start: count.default(0).describe('First leaf to answer.'),
  cursor: z
    .string()
    .regex(/^[0-9]{1,15}$/)
    .optional()
    .describe('nextCursor of the page before; outranks start.'),
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('Most leaves to answer.'),
})

export type AuditEntriesQuery = z.infer<typeof auditEntriesQuery>

export const auditEntry = z.object({
  leaf: z.int().nonnegative(),
  entry: z.string().describe('The leaf as it was hashed: canonical JSON (RFC 8785).'),
  leafHash: hash,
  lastModified: timestamp.describe('Greater for every leaf than for the one before.'),
})

export type AuditEntry = z.infer<typeof auditEntry>

export const auditEntries = z.object({ data: z.array(auditEntry), nextCursor: z.string().nullable() })

export type AuditEntries = z.infer<typeof auditEntries>

export const auditProofQuery = z
  .strictObject({
    log,
    leaf: count.optional().describe('Prove that this leaf is in the log …'),
    size: count.optional().describe('… of this size; the newest checkpoint when absent.'),
    from: count.optional().describe('Prove that the log of this size …'),
    to: count.optional().describe('… is the beginning of this one; the newest checkpoint when absent.'),
  })
  .refine(({ leaf, from }) => (leaf === undefined) !== (from === undefined), {
    error: 'give either leaf (and size) or from (and to)',
  })

export type AuditProofQuery = z.infer<typeof auditProofQuery>

/** Proofs of RFC 6962 §2.1: `hashes` in the order a verifier takes them. */
export const auditProof = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('inclusion'),
    origin: z.string(),
    leaf: z.int(),
    leafHash: hash,
    size: z.int(),
    root: hash,
    hashes: z.array(hash),
  }),
  z.object({
    kind: z.literal('consistency'),
    origin: z.string(),
    from: z.int(),
    fromRoot: hash,
    to: z.int(),
    toRoot: hash,
    hashes: z.array(hash),
  }),
])

export type AuditProof = z.infer<typeof auditProof>

export const heedKeys = z.object({
  keys: z.array(
    z.object({
      kty: z.literal('OKP'),
      crv: z.literal('Ed25519'),
      alg: z.literal('EdDSA'),
      use: z.literal('sig'),
      kid: z.string(),
      x: z.string().describe('The public key of RFC 8032, base64url'),
      createdAt: timestamp,
      retiredAt: timestamp.nullable().describe('Since then it signs nothing new.'),
    }),
  ),
})

export type HeedKeys = z.infer<typeof heedKeys>
