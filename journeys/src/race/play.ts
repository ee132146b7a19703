import { seededChance } from './chance.ts'
import type { Person } from './ledger.ts'
import { playCrowds } from './scenes/crowds.ts'
import { playFamilies } from './scenes/families.ts'
import { playLeavers } from './scenes/leavers.ts'
import { playSharers } from './scenes/sharers.ts'
import { playStayers } from './scenes/stayers.ts'
import { playWaverers } from './scenes/waverers.ts'
import type { Stage } from './stage.ts'

type Scene = (stage: Stage, name: string) => Promise<readonly Person[]>

/** How many scenes of each kind. */
export type Programme = {
  readonly crowds: number
  readonly leavers: number
  readonly waverers: number
  readonly sharers: number
  readonly families: number
  readonly stayers: number
}

const SCENES: Readonly<Record<keyof Programme, Scene>> = {
  crowds: playCrowds,
  leavers: playLeavers,
  waverers: playWaverers,
  sharers: playSharers,
  families: playFamilies,
  stayers: playStayers,
}

const AT_ONCE = 10

/** Everybody who took part, and how often calls were told to come back, by status (0: hung up on). */
export type Played = { readonly people: readonly Person[]; readonly repeats: ReadonlyMap<number, number> }

type House = Pick<Stage, 'nodes' | 'serverKey'> & { readonly seed: number }

/** Plays the whole programme, its scenes mixed and ten at a time. */
export function play(programme: Programme, house: House): Promise<Played> {
  const names = Object.keys(SCENES) as (keyof Programme)[]
  const scenes = seededChance(house.seed).shuffled(
    names.flatMap((name) => Array.from({ length: programme[name] }, () => name)),
  )
  return playEach(() => scenes.pop() ?? null, house)
}

/** Plays scenes of every kind, ten at a time, and begins no new one when it is over. */
export function playUntil(isOver: () => boolean, house: House): Promise<Played> {
  const chance = seededChance(house.seed)
  return playEach(() => (isOver() ? null : chance.pick(ANY_SCENE)), house)
}

const ANY_SCENE = ['leavers', 'waverers', 'sharers', 'families', 'stayers'] as const

async function playEach(nextScene: () => keyof Programme | null, { seed, ...place }: House): Promise<Played> {
  const people: Person[] = []
  const repeats = new Map<number, number>()
  let played = 0
  const playNext = async (): Promise<void> => {
    const name = nextScene()
    if (name === null) return
    played += 1
    const stage = { ...place, chance: seededChance(seed + played), repeats }
    people.push(...(await SCENES[name](stage, `${name}-${seed}-${played}`)))
    return playNext()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, playNext))
  return { people, repeats }
}
