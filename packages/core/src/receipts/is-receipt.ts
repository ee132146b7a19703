import type { Receipt } from './receipt.ts'

/**
 * Has it the shape of a receipt that is known here? A signature only says who wrote it, and anybody can bring a key of their
 * own: what is shown to people must be plain words, times and ids whoever signed it.
 */
export function isReceipt(value: unknown): value is Receipt {
  return record(MEMBERS)(value)
}

type Check = (value: unknown) => boolean

const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value)

const matching =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value)

const oneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value)

const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.length <= 200 && value.every(check)

/** Exactly these members: one that nobody checks must not be shown, and one that is missing must not be guessed. */
function record(members: Readonly<Record<string, Check>>): Check {
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
    const given = new Map(Object.entries(value))
    const checks = Object.entries(members)
    return given.size === checks.length && checks.every(([name, check]) => check(given.get(name)))
  }
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const id = (prefix: string): Check => matching(new RegExp(`^${prefix}_${UUID}$`))
const time = matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const timeOrUnknown: Check = (value) => value === 'unknown' || time(value)
const word = matching(/^[a-z0-9][a-z0-9_.-]{0,99}$/i)
const sentence = matching(/^[^\p{C}\p{Zl}\p{Zp}]{1,500}$/u)
const digest = matching(/^[A-Za-z0-9_-]{43}$/)
const count: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0

const MEMBERS: Readonly<Record<keyof Receipt, Check>> = {
  v: oneOf(1),
  receiptId: id('rcp'),
  requestId: id('req'),
  type: oneOf('erase', 'access', 'correct', 'restrict'),
  jurisdiction: orNull(word),
  subjectCommitment: orNull(digest),
  destination: record({ id: word, connector: word, version: word }),
  outcome: oneOf('accepted', 'confirmed', 'not-found', 'still-found', 'cancelled'),
  stillFound: orNull(count),
  proof: oneOf('answer', 'looked-again', 'attested', 'none'),
  askedAt: time,
  answeredAt: orNull(time),
  lookedAt: orNull(time),
  searched: orNull(record({ by: oneOf('identifiers', 'fragments-and-keys'), count, tables: listOf(word) })),
  evidence: record({ status: orNull(sentence), bodyDigest: orNull(digest), vendorHandle: orNull(sentence) }),
  rows: record({ matched: orNull(count), removed: orNull(count), kept: orNull(count) }),
  retained: listOf(
    record({
      what: word,
      rows: orNull(count),
      reason: sentence,
      law: orNull(sentence),
      until: orNull(timeOrUnknown),
    }),
  ),
  residuals: listOf(
    record({
      kind: oneOf('escrow', 'address-book', 'live-cluster', 'backup', 'replica'),
      until: orNull(timeOrUnknown),
      reason: sentence,
    }),
  ),
  unreadableSince: orNull(time),
  recoverableUntil: orNull(time),
  providerRecoverableUntil: orNull(time),
  keysDestroyedAt: orNull(time),
  keyCopiesUntil: orNull(timeOrUnknown),
  protectedAgainstRestore: oneOf(true, false),
  policyVersion: word,
  supersedes: orNull(id('rcp')),
  issuedAt: time,
}
