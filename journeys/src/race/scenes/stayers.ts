import type { Chance } from '../chance.ts'
import { newPerson, type Person } from '../ledger.ts'
import { type Ids, type Line, says } from '../lines.ts'
import { type Stage, send } from '../stage.ts'

const TROUPE = 15
const CALLS = 6

/**
 * People who never say no. Both nodes meet them for the first time at the same moment, and again with every new device:
 * whoever loses that race must not leave events under a person nobody can reach, and nothing of theirs may get lost.
 */
export async function playStayers(stage: Stage, scene: string): Promise<readonly Person[]> {
  const troupe = Array.from({ length: TROUPE }, (_, at) => newPerson(`${scene}-${at}`))
  const calls = Array.from({ length: CALLS }, () => {
    const lines = troupe.flatMap((person) => [anyLine(stage.chance, person), anyLine(stage.chance, person)])
    return send(stage, stage.chance.shuffled(lines))
  })
  await Promise.all(calls)
  return troupe
}

function anyLine(chance: Chance, person: Person): Line {
  const userId = `${person.name}-user`
  const secondUserId = `${person.name}-user-2`
  const anonymousId = `${person.name}-device-${chance.below(3)}`
  const email = `${person.name}@example.com`
  const choices: [Ids, ...Ids[]] = [
    { userId },
    { anonymousId },
    { userId, anonymousId },
    { userId, anonymousId, email },
    { userId, previousId: anonymousId },
    { userId: secondUserId },
    { userId, alternativeId: secondUserId },
  ]
  return says(person, chance.pick(choices))
}
