import { COLLECTION_LIMITS } from '@heed/protocol'

/**
 * The name of an event as it may be stored in the clear, or null: names are written by programmers, but some paste an
 * address into them. The name is then kept in the sealed content alone.
 */
export function clearEventName(name: string): string | null {
  return clearText(name, COLLECTION_LIMITS.eventNameChars)
}

/** The campaign an event came from, in the clear, or null. */
export function clearCampaign(name: unknown): string | null {
  return typeof name === 'string' ? clearText(name, COLLECTION_LIMITS.campaignChars) : null
}

function clearText(raw: string, maxChars: number): string | null {
  if (raw.length > 4 * maxChars) return null
  const text = raw.trim()
  if (text === '' || text.length > maxChars || !text.isWellFormed()) return null
  return UNPRINTABLE.test(text) || ADDRESS.test(text) ? null : text
}

const UNPRINTABLE = /\p{Cc}/u

/**
 * An `@` (also percent-encoded) between letters or digits, or nine digits with nothing but the usual separators between
 * them: a phone number has nine or more, a date eight. Long numeric campaign ids are withheld too; a campaign's name
 * is missing from a report then, which is better than a phone number in it.
 */
const ADDRESS = /[\p{L}\p{N}](?:@|%40)[\p{L}\p{N}]|\p{N}(?:[\s().+/-]{0,2}\p{N}){8}/iu
