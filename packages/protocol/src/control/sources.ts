import { z } from 'zod'
import { listPage } from './list-page.ts'
import { displayName, timestamp } from './text.ts'

/** A write key is public, so it may be short; it stands in paths, so it takes only characters that need no escape. */
const writeKey = z.string().regex(/^[A-Za-z0-9._~-]{8,128}$/, {
  error: 'must be 8 to 128 letters, digits, dots, hyphens, underscores or tildes',
})

const KIB = 1024

const wholeFrom = (least: number, most: number) => z.number().int().min(least).max(most)

/** Limits and switches of one source. */
export const sourceSettings = z.strictObject({
  maxEventBytes: wholeFrom(KIB, 1024 * KIB),
  maxBatchBytes: wholeFrom(KIB, 8 * 1024 * KIB),
  maxBatchEvents: wholeFrom(1, 10_000),
  maxCooladataBatchEvents: wholeFrom(1, 10_000),
  /** Events a second on one node before 429; null: no limit of its own. */
  eventsPerSecond: wholeFrom(1, 1_000_000).nullable(),
  /** The name of the track event that means "stop collecting me"; `cooladata_opt_out` always does. */
  optOutEventName: displayName,
  /** May an opt-out event through this source suppress its person? */
  maySuppress: z.boolean(),
  /** May Cooladata's alternative ids join people through this source? */
  mayLinkUserIds: z.boolean(),
  /** Does the time of receipt count, whatever the client's clock says? */
  useServerTime: z.boolean(),
})

export type SourceSettings = Readonly<z.infer<typeof sourceSettings>>

/** What a source has that says nothing else: the limits of the Segment and Cooladata contracts. */
export const DEFAULT_SOURCE_SETTINGS: SourceSettings = {
  maxEventBytes: 32 * KIB,
  maxBatchBytes: 500 * KIB,
  maxBatchEvents: 2_500,
  maxCooladataBatchEvents: 300,
  eventsPerSecond: null,
  optOutEventName: 'Opted Out',
  maySuppress: true,
  mayLinkUserIds: true,
  useServerTime: false,
}

export const sourceTrust = z.enum(['client', 'server'])

export const source = z.object({
  id: z.string().describe('src_…'),
  name: z.string(),
  trust: sourceTrust.describe('client: the key is public (browser, app). server: it is kept secret.'),
  settings: sourceSettings,
  enabled: z.boolean(),
  createdAt: timestamp,
})

export const newSource = z.strictObject({
  name: displayName,
  trust: sourceTrust.default('client'),
  settings: sourceSettings.partial().default({}),
  writeKey: writeKey.optional().describe('Take this key, so that clients change only the host.'),
})

/** Only what is named changes. `rotateWriteKey` makes a new key; the old one stops working within five seconds. */
export const sourceChange = z
  .strictObject({
    name: displayName.optional(),
    trust: sourceTrust.optional(),
    settings: sourceSettings.partial().optional(),
    enabled: z.boolean().optional(),
    writeKey: writeKey.optional(),
    rotateWriteKey: z.literal(true).optional(),
  })
  .refine((change) => Object.keys(change).length > 0, { error: 'must change something' })
  .refine((change) => change.writeKey === undefined || change.rotateWriteKey === undefined, {
    error: 'takes either writeKey or rotateWriteKey',
    path: ['rotateWriteKey'],
  })

/** `writeKey` is null when no key was set by this call: it is shown once, when it is made. */
export const sourceWithKey = source.extend({ writeKey: z.string().nullable() })

export const sourcePage = listPage(source)

export type Source = z.infer<typeof source>
export type NewSource = z.infer<typeof newSource>
export type SourceChange = z.infer<typeof sourceChange>
