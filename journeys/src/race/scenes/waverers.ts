import { newPerson, type Person } from '../ledger.ts'
import { type Ids, type Line, optsOut, says } from '../lines.ts'
import { type Stage, send, sendNoes, suppress, unsuppress } from '../stage.ts'

type Waverer = { readonly person: Person; readonly userId: string; readonly anonymousId: string }

const TROUPE = 6
const ROUNDS = 3

/**
 * People who say no and take it back, again and again, while their events keep coming: what arrived in between stays out
 * however often it is sent, what arrives after the taking back is stored.
 */
export async function playWaverers(stage: Stage, scene: string): Promise<readonly Person[]> {
  const troupe = Array.from({ length: TROUPE }, (_, at) => newWaverer(`${scene}-${at}`))
  await send(
    stage,
    troupe.map(({ person, userId, anonymousId }) => says(person, { userId, anonymousId })),
  )
  for (let round = 0; round < ROUNDS; round += 1) await playRound(stage, troupe)
  return troupe.map(({ person }) => person)
}

async function playRound(stage: Stage, troupe: readonly Waverer[]): Promise<void> {
  await Promise.all([...sayNo(stage, troupe), chatter(stage, troupe)])
  const refused = troupe.flatMap((waverer) => wordsOf(waverer))
  await send(stage, refused)
  await Promise.all([takeBack(stage, troupe), chatter(stage, troupe)])
  await Promise.all([chatter(stage, troupe), send(stage, refused)])
}

function newWaverer(name: string): Waverer {
  return { person: newPerson(name), userId: `${name}-user`, anonymousId: `${name}-device` }
}

/** Half of them by an event, half by a request, under either identifier. */
function sayNo(stage: Stage, troupe: readonly Waverer[]): Promise<void>[] {
  const byWord = Map.groupBy(troupe, () => stage.chance.pick(['event', 'request']))
  const noes = (byWord.get('event') ?? []).map(({ person, userId, anonymousId }) => ({
    person,
    line: optsOut(person, stage.chance.pick<Ids>([{ userId }, { anonymousId }, { userId, anonymousId }])),
  }))
  const requests = (byWord.get('request') ?? []).map((waverer) =>
    suppress(stage, waverer.person, nameOf(stage, waverer)),
  )
  return noes.length > 0 ? [sendNoes(stage, noes), ...requests] : requests
}

async function takeBack(stage: Stage, troupe: readonly Waverer[]): Promise<void> {
  await Promise.all(troupe.map((waverer) => unsuppress(stage, waverer.person, nameOf(stage, waverer))))
}

function nameOf({ chance }: Stage, { userId, anonymousId }: Waverer) {
  return chance.pick([
    { kind: 'userId', value: userId },
    { kind: 'anonymousId', value: anonymousId },
  ])
}

/** Two calls at once, one to each node as likely as not. */
async function chatter(stage: Stage, troupe: readonly Waverer[]): Promise<void> {
  const calls = [0, 1].map(() => send(stage, stage.chance.shuffled(troupe.flatMap(wordsOf))))
  await Promise.all(calls)
}

function wordsOf({ person, userId, anonymousId }: Waverer): Line[] {
  return [says(person, { userId }), says(person, { anonymousId }), says(person, { userId, anonymousId })]
}
