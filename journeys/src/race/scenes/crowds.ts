import { newPerson, type Person } from '../ledger.ts'
import { optsOut, says } from '../lines.ts'
import { type Stage, send, sendNoes } from '../stage.ts'

const PEOPLE = 60

/**
 * A whole crowd opts out at once, each over a connection of their own, while each is linked to a new device: the opt-outs
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
    send(stage, stage.chance.shuffled(crowd.map(toNewDevice))),
    send(
      stage,
      stage.chance.shuffled(crowd.map((person) => says(person, { anonymousId: oldDevice(person) }))),
    ),
  ])
  await send(
    stage,
    crowd.flatMap((person) => [
      says(person, { anonymousId: newDevice(person) }),
      says(person, { anonymousId: oldDevice(person) }),
    ]),
  )
  return crowd
}

const oldDevice = ({ name }: Person) => `${name}-old-device`
const newDevice = ({ name }: Person) => `${name}-new-device`

function toNewDevice(person: Person) {
  return says(person, { userId: person.name, anonymousId: newDevice(person) })
}
