import type { Opening, Receipt } from '@heed/core'
import { z } from 'zod'
import { auditProof } from '../audit/audit-log.ts'
import { listPage } from '../control/list-page.ts'
import { timestamp } from '../control/text.ts'

const timeOrUnknown = z.union([timestamp, z.literal('unknown')])
const count = z.int().nonnegative()

/** What is signed. docs/formats/receipts.md says what each member means, and what a receipt does not prove. */
export const receipt = z.strictObject({
  v: z.literal(1).describe('Version of this format.'),
  receiptId: z.string().describe('rcp_…'),
  requestId: z.string().describe('req_…'),
  type: z.enum(['erase', 'access', 'correct', 'restrict']),
  jurisdiction: z.string().nullable().describe('The law the request names, such as gdpr.'),
  subjectCommitment: z
    .string()
    .nullable()
    .describe('base64url of HMAC-SHA-256(nonce, receipt id ‖ subject id); null: it is about nobody.'),
  destination: z.strictObject({ id: z.string(), connector: z.string(), version: z.string() }),
  outcome: z.enum(['accepted', 'confirmed', 'not-found', 'still-found', 'cancelled']),
  stillFound: count.nullable().describe('Rows that a still-found found.'),
  proof: z.enum(['answer', 'looked-again', 'attested', 'none']).describe('How the outcome is known.'),
  askedAt: timestamp,
  answeredAt: timestamp.nullable(),
  lookedAt: timestamp.nullable(),
  searched: z
    .strictObject({
      by: z.enum(['identifiers', 'fragments-and-keys']),
      count,
      tables: z.array(z.string()),
    })
    .nullable()
    .describe('What was looked for, how many of it, and where.'),
  evidence: z
    .strictObject({
      status: z.string().nullable(),
      bodyDigest: z.string().nullable(),
      vendorHandle: z.string().nullable(),
    })
    .describe("A vendor's answer; null at Heed's own store."),
  rows: z
    .strictObject({ matched: count.nullable(), removed: count.nullable(), kept: count.nullable() })
    .describe('null: not counted.'),
  retained: z.array(
    z.strictObject({
      what: z.string(),
      rows: count.nullable(),
      reason: z.string(),
      law: z.string().nullable(),
      until: timeOrUnknown.nullable(),
    }),
  ),
  residuals: z
    .array(
      z.strictObject({
        kind: z.enum(['escrow', 'address-book', 'live-cluster', 'backup', 'replica']),
        until: timeOrUnknown.nullable(),
        reason: z.string(),
      }),
    )
    .describe('Where something may still lie.'),
  unreadableSince: timestamp.nullable(),
  recoverableUntil: timestamp.nullable().describe('Until then the erase can be reversed.'),
  providerRecoverableUntil: timestamp.nullable(),
  keysDestroyedAt: timestamp.nullable(),
  keyCopiesUntil: timeOrUnknown.nullable().describe('When backups and replicas have lost the last copy.'),
  protectedAgainstRestore: z.boolean(),
  policyVersion: z.string(),
  supersedes: z.string().nullable().describe('rcp_… of the receipt whose place it takes.'),
  issuedAt: timestamp,
}) satisfies z.ZodType<Receipt>

export const opening = z.strictObject({
  subjectId: z.string().max(100).describe('sub_…'),
  nonce: z.string().max(100).describe('32 bytes, base64url'),
}) satisfies z.ZodType<Opening>

/** What stands in a file that `heed verify` takes. */
export const receiptAnswer = z.object({
  receipt,
  jws: z.string().describe('The same, signed: compact JWS, EdDSA, payload in canonical JSON (RFC 8785).'),
  opening: opening.optional().describe("In the person's copy only: whom it is about."),
})

export type ReceiptAnswer = z.infer<typeof receiptAnswer>

export const receiptPage = listPage(receiptAnswer)

export const receiptQuery = z.strictObject({
  copy: z
    .literal('person')
    .optional()
    .describe("The person's copy, with the opening. Needs requests:write too, and is logged."),
})

export const openReceipt = z.strictObject({ jws: z.string().max(20_000), opening })

export type OpenReceipt = z.infer<typeof openReceipt>

export const openedReceipt = z.object({
  receipt,
  subject: z
    .object({
      id: z.string().describe('sub_…'),
      dataDeletedAt: timestamp.nullable(),
      region: z.string().nullable(),
      firstMonth: z.string().nullable(),
      lastMonth: z.string().nullable(),
      lifecycle: z.string().nullable(),
      lifetimeRevenue: z.record(z.string(), z.string()).describe('By currency.'),
    })
    .nullable()
    .describe('What is kept of the person without the person; null when even that is gone.'),
  keys: z
    .object({ readable: count, inEscrow: count })
    .describe('Keys that open what was stored: usable now, and kept for a reverse.'),
  isReadable: z.boolean().describe('Can anything of the person still be read through Heed?'),
  inclusion: auditProof.nullable().describe('Proves the receipt in the audit log; null until it is signed.'),
})

export type OpenedReceipt = z.infer<typeof openedReceipt>
