import type { Chance } from '../chance.ts'
import { newPerson, type Person } from '../ledger.ts'
import { type Ids, type Line, optsOut, optsOutOfCooladata, says } from '../lines.ts'
import { type NamedIdentifier, type Stage, send, sendNoes, suppress } from '../stage.ts'

/** Somebody with five devices and perhaps a second user id, who says no once. */
type Leaver = {
  readonly person: Person
  readonly userId: string
  readonly secondUserId: string | null
  readonly devices: readonly [string, ...string[]]
  readonly email: string
  /** Known, with the first device and the address, before anybody says no. */
  readonly isKnown: boolean
}

const TROUPE = 8
const DEVICES = 5

/**
 * People who are linked, collected and opted out at the same moment over many connections: what one of them loses, the
 * write skew of a link and an opt-out, is lost for good. In the end every device is linked, so nothing of theirs that was
 * sent after the "no" may be there.
 */
export async function playLeavers(stage: Stage, scene: string): Promise<readonly Person[]> {
  const troupe = Array.from({ length: TROUPE }, (_, at) => newLeaver(stage.chance, `${scene}-${at}`))
  const known = troupe.filter(({ isKnown }) => isKnown)
  if (known.length > 0) await send(stage, known.map(introduction))
  await Promise.all([...sayNo(stage, troupe), ...crowd(stage, troupe)])
  await Promise.all([...crowd(stage, troupe), sendAgain(stage, troupe)])
  await send(stage, troupe.flatMap(everyLink))
  await send(stage, troupe.flatMap(everyIdentifier))
  return troupe.map(({ person }) => person)
}

function newLeaver(chance: Chance, name: string): Leaver {
  const devices = Array.from({ length: DEVICES }, (_, at) => `${name}-device-${at}`)
  return {
    person: newPerson(name),
    userId: `${name}-user`,
    secondUserId: chance.happens(0.3) ? `${name}-user-2` : null,
    devices: [`${name}-device`, ...devices],
    email: `${name}@example.com`,
    isKnown: chance.happens(0.7),
  }
}

function introduction({ person, userId, devices, email }: Leaver): Line {
  return says(person, { userId, anonymousId: devices[0], email })
}

/** Opt-out events of the whole troupe in one call, requests each in its own. */
function sayNo(stage: Stage, troupe: readonly Leaver[]): Promise<void>[] {
  const byWord = Map.groupBy(troupe, () => stage.chance.pick(['event', 'event', 'request']))
  const noes = (byWord.get('event') ?? []).map((leaver) => ({
    person: leaver.person,
    line: optOutLine(stage.chance, leaver),
  }))
  const requests = (byWord.get('request') ?? []).map((leaver) =>
    suppress(stage, leaver.person, stage.chance.pick(namesOf(leaver))),
  )
  return noes.length > 0 ? [sendNoes(stage, noes), ...requests] : requests
}

function optOutLine(chance: Chance, { person, userId, devices }: Leaver): Line {
  const word = chance.pick(['alone', 'with-new-device', 'cooladata'])
  if (word === 'cooladata') return optsOutOfCooladata(person, userId)
  return optsOut(
    person,
    word === 'alone' ? { userId } : { userId, anonymousId: devices.at(-1) ?? devices[0] },
  )
}

/** What a request may name so that it surely means the person: what is linked to the user id by then. */
function namesOf({ isKnown, userId, devices, email }: Leaver): [NamedIdentifier, ...NamedIdentifier[]] {
  const own = { kind: 'userId', value: userId }
  if (!isKnown) return [own]
  return [own, { kind: 'email', value: email }, { kind: 'anonymousId', value: devices[0] }]
}

/** Calls that mix events and links of the whole troupe. */
function crowd(stage: Stage, troupe: readonly Leaver[]): Promise<void>[] {
  return Array.from({ length: 4 }, () => {
    const lines = troupe.flatMap((leaver) => [anyLine(stage.chance, leaver), anyLine(stage.chance, leaver)])
    return send(stage, stage.chance.shuffled(lines))
  })
}

function anyLine(chance: Chance, { person, userId, secondUserId, devices, email }: Leaver): Line {
  const device = chance.pick(devices)
  const choices: [Ids, ...Ids[]] = [
    { userId },
    { anonymousId: device },
    { userId, anonymousId: device },
    { userId, anonymousId: device },
    { userId, anonymousId: device, email },
    { userId, previousId: device },
  ]
  if (secondUserId !== null) choices.push({ userId: secondUserId }, { userId, alternativeId: secondUserId })
  return says(person, chance.pick(choices))
}

/** The same message ids once more: a retry of what may have been stored, dropped or neither. */
function sendAgain(stage: Stage, troupe: readonly Leaver[]): Promise<void> {
  return send(
    stage,
    troupe.filter(({ isKnown }) => isKnown).map((leaver) => resent(leaver)),
  )
}

function resent(leaver: Leaver): Line {
  const line = introduction(leaver)
  const entry = leaver.person.events[0]
  leaver.person.events.pop()
  return entry === undefined ? line : { ...line, entry, wire: { ...line.wire, messageId: entry.id } }
}

function everyLink({ person, userId, secondUserId, devices, email }: Leaver): Line[] {
  const links = devices.map((anonymousId) => says(person, { userId, anonymousId, email }))
  return secondUserId === null ? links : [...links, says(person, { userId, alternativeId: secondUserId })]
}

function everyIdentifier({ person, userId, secondUserId, devices }: Leaver): Line[] {
  const users = secondUserId === null ? [userId] : [userId, secondUserId]
  return [
    ...users.map((one) => says(person, { userId: one })),
    ...devices.map((anonymousId) => says(person, { anonymousId })),
  ]
}
