import { newPerson, type Person } from '../ledger.ts'
import { type Line, optsOut, says } from '../lines.ts'
import { type Stage, send, sendNoes } from '../stage.ts'

/** Two people with one tablet. Only the first one says no, so nothing of the other's own may be missing. */
type Household = { readonly leaver: Person; readonly stayer: Person; readonly tablet: string }

const HOUSEHOLDS = 5

export async function playSharers(stage: Stage, scene: string): Promise<readonly Person[]> {
  const households = Array.from({ length: HOUSEHOLDS }, (_, at) => newHousehold(`${scene}-${at}`))
  await send(
    stage,
    households.flatMap(({ leaver, stayer }) => [ownWord(leaver), ownWord(stayer)]),
  )
  await Promise.all([sendNoes(stage, households.map(noOf)), ...crowd(stage, households)])
  await Promise.all(crowd(stage, households))
  return households.flatMap(({ leaver, stayer }) => [leaver, stayer])
}

function newHousehold(name: string): Household {
  return { leaver: newPerson(`${name}-a`), stayer: newPerson(`${name}-b`), tablet: `${name}-tablet` }
}

function ownWord(person: Person): Line {
  return says(person, { userId: person.name, anonymousId: `${person.name}-phone` })
}

function noOf({ leaver, tablet }: Household): { person: Person; line: Line } {
  return { person: leaver, line: optsOut(leaver, { userId: leaver.name, anonymousId: tablet }) }
}

function crowd(stage: Stage, households: readonly Household[]): Promise<void>[] {
  return [0, 1, 2].map(() => send(stage, stage.chance.shuffled(households.flatMap(words))))
}

function words({ leaver, stayer, tablet }: Household): Line[] {
  const onTablet = (person: Person) =>
    says(person, { userId: person.name, anonymousId: tablet }, { isOnSharedDevice: true })
  return [
    ownWord(leaver),
    ownWord(stayer),
    onTablet(leaver),
    onTablet(stayer),
    says(stayer, { userId: stayer.name }),
    says(stayer, { anonymousId: `${stayer.name}-phone` }),
  ]
}
