import { setTimeout as sleep } from 'node:timers/promises'
import { newPerson, type Person } from '../ledger.ts'
import { type Line, optsOut, says } from '../lines.ts'
import { type Stage, send, sendNoes } from '../stage.ts'

const PEOPLE = 100
const LINKS_A_CALL = 5
/** About as long as a crowd's opt-outs take. */
const SPREAD_MS = 400

/**
 * A whole crowd opts out at once, each over a connection of their own, while they are linked to new devices: the opt-outs
 * share turns of the gate, and every link races the "no" of its person.
 */
export async function playCrowds(stage: Stage, scene: string): Promise<readonly Person[]> {
  const crowd = Array.from({ length: PEOPLE }, (_, at) => newPerson(`${scene}-${at}`))
  await send(
    stage,
    crowd.map((person) => says(person, { userId: person.name, anonymousId: oldDevice(person) })),
  )
  await Promise.all([
    ...crowd.map((person) => sendNoes(stage, [{ person, line: optsOut(person, { userId: person.name }) }])),
    ...sendNowAndThen(stage, crowd.map(toNewDevice)),
  ])
  await send(
    stage,
    crowd.map((person) =>
      says(person, { anonymousId: stage.chance.happens(0.8) ? newDevice(person) : oldDevice(person) }),
    ),
  )
  return crowd
}

const oldDevice = ({ name }: Person) => `${name}-old-device`
const newDevice = ({ name }: Person) => `${name}-new-device`

function toNewDevice(person: Person): Line {
  return says(person, { userId: person.name, anonymousId: newDevice(person) })
}

/** A few at a time, at any moment of the time that the opt-outs take. */
function sendNowAndThen(stage: Stage, lines: readonly Line[]): Promise<void>[] {
  const byCall = Map.groupBy(stage.chance.shuffled(lines), (_, at) => Math.floor(at / LINKS_A_CALL))
  return [...byCall.values()].map(async (few) => {
    await sleep(stage.chance.below(SPREAD_MS))
    await send(stage, few)
  })
}
