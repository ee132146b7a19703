import { publicId } from '@heed/core'
import type { AccessExport } from '@heed/protocol'

type About = AccessExport['about']

type Configured = {
  readonly controller: string
  readonly sources: readonly {
    readonly source_id: string
    readonly name: string
    readonly trust: 'client' | 'server'
  }[]
  /** 0: unknown. */
  readonly backupRetentionDays: number
  readonly expiresAt: Date
}

/**
 * What GDPR Art. 15(1) (Regulation (EU) 2016/679, read 2026-11-21) has to be told beside the data: only what is configured
 * or true of every Heed. What is not configured stays empty, and the report says that it is missing.
 */
export function aboutProcessing({ controller, sources, backupRetentionDays, expiresAt }: Configured): About {
  return {
    controller,
    purposes: [],
    categories: CATEGORIES.map(({ category, examples }) => ({ category, examples: [...examples] })),
    recipients: [],
    retention: {
      eventsDays: null,
      backupDays: backupRetentionDays === 0 ? null : backupRetentionDays,
      exportUntil: expiresAt.toISOString(),
    },
    sources: sources.map(({ source_id, name, trust }) => ({ id: publicId('src', source_id), name, trust })),
    automatedDecisions: false,
    rights: RIGHTS.map((right) => ({ ...right })),
  }
}

const CATEGORIES: readonly { readonly category: string; readonly examples: readonly string[] }[] = [
  {
    category: 'Identifiers',
    examples: ['user ids', 'e-mail addresses', 'phone numbers', 'ids of devices and browsers'],
  },
  { category: 'Profile', examples: ['what was said about you when you were identified, such as a name'] },
  {
    category: 'Events',
    examples: ['what you did and when', 'pages and screens you saw', 'details sent with them'],
  },
  {
    category: 'Technical data sent with events',
    examples: ['IP address', 'browser or app', 'device', 'language'],
  },
  { category: 'Purchases', examples: ['orders and refunds', 'amount and currency', 'order id'] },
  { category: 'Your choices', examples: ['what you refused', 'what you asked for and what became of it'] },
]

const RIGHTS: readonly About['rights'][number][] = [
  { right: 'Correction', article: 'Art. 16', how: 'Ask for wrong data to be corrected.' },
  { right: 'Erasure', article: 'Art. 17', how: 'Ask for your data to be erased.' },
  { right: 'Restriction', article: 'Art. 18', how: 'Ask for your data to be kept and not used.' },
  {
    right: 'Portability',
    article: 'Art. 20',
    how: 'Take data.json elsewhere: it is in a format that programs can read.',
  },
  {
    right: 'Objection',
    article: 'Art. 21',
    how: 'Object to the use of your data; to its use for direct marketing without giving a reason.',
  },
  {
    right: 'Complaint',
    article: 'Art. 77',
    how: 'Complain to a supervisory authority, where you live, work, or where it happened.',
  },
]
