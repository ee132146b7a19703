import type { Person, SentEvent } from './ledger.ts'

/** Whom an event names, in Segment's words; `alternativeId` is Cooladata's second user id. */
export type Ids = {
  readonly userId?: string
  readonly anonymousId?: string
  readonly previousId?: string
  readonly email?: string
  readonly alternativeId?: string
}

/** An event as it goes over the wire, beside what the ledger keeps of it. */
export type Line = {
  readonly door: 'segment' | 'cooladata'
  readonly wire: object
  readonly entry: SentEvent
}

type Saying = { readonly event?: string; readonly isOptOut?: boolean; readonly isOnSharedDevice?: boolean }

let written = 0

/** A track, identify or alias of this person, whichever the identifiers make it. */
export function says(person: Person, ids: Ids, saying: Saying = {}): Line {
  const entry = enter(person, saying)
  if (ids.alternativeId !== undefined) return cooladataLine(ids, { saying, entry })
  return { door: 'segment', wire: segmentItem(ids, { saying, entry }), entry }
}

export function optsOut(person: Person, ids: Ids, saying: Saying = {}): Line {
  return says(person, ids, { event: 'Opted Out', isOptOut: true, ...saying })
}

export function optsOutOfCooladata(person: Person, userId: string): Line {
  const saying = { event: 'cooladata_opt_out', isOptOut: true }
  return cooladataLine({ userId }, { saying, entry: enter(person, saying) })
}

function enter(person: Person, { isOptOut = false, isOnSharedDevice = false }: Saying): SentEvent {
  written += 1
  const entry: SentEvent = {
    id: `${person.name}-${written}`,
    isOptOut,
    isOnSharedDevice,
    firstSentAt: null,
    lastAnsweredAt: null,
    verdicts: [],
  }
  person.events.push(entry)
  return entry
}

type Written = { readonly saying: Saying; readonly entry: SentEvent }

function segmentItem(ids: Ids, { saying, entry }: Written): object {
  const { email, ...named } = ids
  const base = { ...named, messageId: entry.id, timestamp: new Date().toISOString() }
  if (ids.previousId !== undefined) return { ...base, type: 'alias' }
  if (email !== undefined) return { ...base, type: 'identify', traits: { email, plan: 'free' } }
  return { ...base, type: 'track', event: saying.event ?? 'Clicked' }
}

/** Its clients send no message id: one is made from the event and its time. */
function cooladataLine({ userId, alternativeId }: Ids, { saying, entry }: Written): Line {
  const wire = {
    event_name: saying.event ?? 'clicked',
    user_id: userId,
    user_alternative_id: alternativeId,
    event_timestamp_epoch: String(Date.now()),
    race_id: entry.id,
  }
  return { door: 'cooladata', wire, entry }
}
