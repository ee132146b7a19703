import { newPerson, type Person } from '../ledger.ts'
import { type Line, optsOut, says } from '../lines.ts'
import { link, type Stage, send, sendNoes } from '../stage.ts'

const FAMILIES = 4

/**
 * Two accounts that the operator joins through the API while the person behind them says no under one of them: as one
 * person they have one ledger, and the "no" of either account is theirs.
 */
export async function playFamilies(stage: Stage, scene: string): Promise<readonly Person[]> {
  const people = Array.from({ length: FAMILIES }, (_, at) => newPerson(`${scene}-${at}`))
  await send(stage, people.flatMap(words))
  await Promise.all([
    ...people.map((person) => link(stage, [userOf(person, 0), userOf(person, 1)])),
    sendNoes(stage, people.map(noOf)),
    send(stage, stage.chance.shuffled(people.flatMap(words))),
    send(stage, stage.chance.shuffled(people.flatMap(words))),
  ])
  await send(stage, people.flatMap(words))
  return people
}

const userIdOf = ({ name }: Person, account: number) => `${name}-account-${account}`
const userOf = (person: Person, account: number) => ({ kind: 'userId', value: userIdOf(person, account) })

function noOf(person: Person): { person: Person; line: Line } {
  return { person, line: optsOut(person, { userId: userIdOf(person, 1) }) }
}

function words(person: Person): Line[] {
  return [0, 1].flatMap((account) => {
    const userId = userIdOf(person, account)
    const anonymousId = `${userId}-device`
    return [says(person, { userId }), says(person, { userId, anonymousId }), says(person, { anonymousId })]
  })
}
