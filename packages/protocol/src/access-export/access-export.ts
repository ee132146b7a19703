import { z } from 'zod'
import { eventType, listedEvent } from '../asking/events.ts'
import { standing } from '../asking/suppression-cause.ts'
import { timestamp } from '../control/text.ts'

/** Raised when a reader of the older one would misread the newer one; a member that is added does not raise it. */
export const ACCESS_EXPORT_VERSION = 1

const provenance = z
  .enum(['client', 'server', 'verified'])
  .describe('Who vouches for it: anybody with a public key, a server of the controller, or the person.')

const count = z.number().int().min(0)

/** What GDPR Art. 15(1) asks for beside the data. A null or an empty list says that nothing is configured, not that there is nothing. */
const about = z.strictObject({
  controller: z.string().describe('The name of the workspace.'),
  purposes: z.array(z.string()).describe('Empty: no purposes are recorded in this version.'),
  categories: z
    .array(z.strictObject({ category: z.string(), examples: z.array(z.string()) }))
    .describe('Categories of personal data that Heed collects, and what belongs to each.'),
  recipients: z
    .array(z.string())
    .describe('Whom Heed is set up to hand data to. Empty: nobody; it does not know whom others hand it to.'),
  retention: z.strictObject({
    eventsDays: count.nullable().describe('null: no period is configured; data stays until it is erased.'),
    backupDays: count.nullable().describe('How long backups keep a copy after that; null: unknown.'),
    exportUntil: timestamp.describe('When this copy is deleted at Heed.'),
  }),
  sources: z
    .array(z.strictObject({ id: z.string(), name: z.string(), trust: z.enum(['client', 'server']) }))
    .describe('Where data comes in. At most 1,000.'),
  automatedDecisions: z.literal(false).describe('Heed decides nothing about people by automated means.'),
  rights: z.array(z.strictObject({ right: z.string(), article: z.string(), how: z.string() })),
})

const purchase = z.strictObject({
  id: z.string().describe('evt_… of the event it came with.'),
  kind: z.enum(['order', 'refund']),
  at: timestamp,
  orderId: z.string().nullable(),
  amount: z.string().describe('Decimal text.'),
  currency: z.string().nullable(),
  campaign: z.string().nullable(),
  sourceId: z.string(),
})

const earlierRequest = z.strictObject({
  id: z.string().describe('req_…'),
  type: z.string(),
  status: z.string(),
  openedAt: timestamp,
  dueAt: timestamp,
  settledAt: timestamp.nullable(),
  outcomes: z.array(z.string()).describe('Of its tasks; open ones are missing.'),
})

const leftOut = z.strictObject({
  explanation: z
    .string()
    .nullable()
    .describe('What was left out, why, and how it can be had; null: nothing was.'),
  parts: count.describe('Parts of the record that only a public key joined to the named identifiers.'),
  identifiers: z.array(z.strictObject({ kind: z.string(), count })),
  events: count.describe('Of the parts that were looked into.'),
})

/** `data.json` of an access export. Lists without a limit of their own hold everything there is. */
export const accessExport = z.strictObject({
  format: z.literal('heed-access-export'),
  version: z.literal(ACCESS_EXPORT_VERSION),
  madeAt: timestamp,
  request: z.strictObject({ id: z.string(), openedAt: timestamp, identifierCount: count }),
  about,
  subject: z.strictObject({
    id: z.string().describe('sub_…'),
    parts: z
      .array(
        z.strictObject({
          id: z.string().describe('sub_…'),
          createdAt: timestamp,
          region: z.string().nullable(),
          firstMonth: z.string().nullable(),
          lastMonth: z.string().nullable(),
          lifetimeRevenue: z.record(z.string(), z.unknown()).nullable().describe('By currency.'),
          lifecycle: z.string().nullable(),
        }),
      )
      .describe('What was once kept apart and is one person now.'),
    links: z.array(z.strictObject({ id: z.string(), provenance, since: timestamp })),
  }),
  profile: z.strictObject({ traits: z.record(z.string(), z.unknown()), updatedAt: timestamp.nullable() }),
  identifiers: z.array(
    z.strictObject({
      kind: z.string(),
      value: z.string(),
      provenance,
      isNamed: z.boolean(),
      since: timestamp,
    }),
  ),
  mentions: count.describe('Identifiers that were named with this person and belong to somebody else.'),
  standing,
  refused: count.describe('Items that arrived and were not stored because of a suppression.'),
  requests: z.array(earlierRequest).describe('Newest first, at most 1,000.'),
  restrictions: z.array(z.strictObject({ since: timestamp, until: timestamp.nullable() })),
  holds: z
    .array(
      z.strictObject({
        id: z.string(),
        since: timestamp,
        until: timestamp,
        releasedAt: timestamp.nullable(),
      }),
    )
    .describe('That data is kept for a reason, and how long; the reason is answered on request.'),
  exports: z.array(
    z.strictObject({ requestId: z.string(), madeAt: timestamp, downloads: count, expiresAt: timestamp }),
  ),
  purchases: z.array(purchase),
  events: z
    .array(z.strictObject(listedEvent.extend({ type: eventType }).shape))
    .describe('Newest arrival first.'),
  counts: z.strictObject({ purchases: count, events: count }),
  leftOut,
})

export type AccessExport = z.infer<typeof accessExport>
