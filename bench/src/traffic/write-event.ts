import { firstRefuser, type Person, personAt } from '../world/population.ts'
import { ACTIVE, EVENT_BYTES, type Saying } from './mix.ts'

/** Chance as a number from 0 to below 1. */
export type Chance = () => number

export type EventWriter = {
  readonly people: number
  /** Sets the ids of this sender's new people and messages apart from all others'. */
  readonly run: string
  readonly chance: Chance
}

let written = 0

/** One event as a server-side SDK sends it, of EVENT_BYTES. */
export function writeEvent(saying: Saying, writer: EventWriter): string {
  written += 1
  return filled(
    { ...saidAs(saying, writer), messageId: `bench-${writer.run}-${written}`, ...surroundings(writer) },
    writer,
  )
}

function saidAs(saying: Saying, writer: EventWriter): object {
  switch (saying) {
    case 'newPerson':
      return track(viewed(writer), { userId: null, anonymousId: newDevice(writer) })
    case 'link':
      return link(writer)
    case 'optOut':
      return track('Opted Out', someone(writer))
    case 'suppressedPerson':
      return track(viewed(writer), refuser(writer))
    case 'known':
      return track(viewed(writer), someone(writer))
  }
}

function track(event: string, { userId, anonymousId }: Person): object {
  return { type: 'track', event, ...(userId === null ? {} : { userId }), anonymousId }
}

function viewed({ chance }: EventWriter): string {
  return `Event ${Math.floor(chance() * 50)}`
}

/** Half a known user on a new device, half a known visitor who signs in for the first time. */
function link(writer: EventWriter): object {
  const number = numberOf(writer)
  const traits = { plan: 'standard', logins: written, company: 'Acme' }
  if (number % 2 === 0)
    return { type: 'identify', userId: personAt(number).userId, anonymousId: newDevice(writer), traits }
  return {
    type: 'identify',
    userId: `new-${writer.run}-${written}`,
    anonymousId: personAt(number).anonymousId,
    traits,
  }
}

function newDevice({ run }: EventWriter): string {
  return `new-device-${run}-${written}`
}

function someone(writer: EventWriter): Person {
  return personAt(numberOf(writer))
}

/** Somebody who had not said no when the world was made. */
export function numberOf({ people, chance }: EventWriter): number {
  const most = firstRefuser(people)
  const active = Math.floor(most * ACTIVE.people)
  return chance() < ACTIVE.share
    ? Math.floor(chance() * active)
    : active + Math.floor(chance() * (most - active))
}

function refuser({ people, chance }: EventWriter): Person {
  const first = firstRefuser(people)
  return personAt(first + Math.floor(chance() * (people - first)))
}

function surroundings({ chance }: EventWriter): object {
  const at = new Date(Date.now() - Math.floor(chance() * 5_000)).toISOString()
  return {
    timestamp: at,
    originalTimestamp: at,
    context: {
      library: { name: '@segment/analytics-node', version: '3.1.0' },
      locale: 'en-GB',
      userAgent: 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0',
      page: {
        path: `/products/${Math.floor(chance() * 9_999)}`,
        url: 'https://shop.example/products',
        title: 'Products',
      },
    },
  }
}

const WORDS =
  'basket colour delivery discount garden kitchen lamp morning order payment return season shipping shoe size stock summer table voucher winter'.split(
    ' ',
  )

function filled(event: object, { chance }: EventWriter): string {
  const empty = JSON.stringify({ ...event, properties: { note: '' } })
  let note = ''
  while (empty.length + note.length < EVENT_BYTES)
    note += `${WORDS[Math.floor(chance() * WORDS.length)]}${Math.floor(chance() * 100)} `
  return JSON.stringify({ ...event, properties: { note: note.slice(0, EVENT_BYTES - empty.length) } })
}
