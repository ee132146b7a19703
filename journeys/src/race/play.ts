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

/** Plays the whole programme, its scenes mixed and ten at a time. Answers everybody who took part. */
export async function play(
  programme: Programme,
  { nodes, seed }: Pick<Stage, 'nodes'> & { readonly seed: number },
): Promise<{ people: readonly Person[]; repeats: ReadonlyMap<number, number> }> {
  const repeats = new Map<number, number>()
  const chance = seededChance(seed)
  const names = Object.keys(SCENES) as (keyof Programme)[]
  const scenes = chance.shuffled(
    names.flatMap((name) => Array.from({ length: programme[name] }, (_, at) => ({ name, at }))),
  )
  const people: Person[] = []
  const playNext = async (): Promise<void> => {
    const scene = scenes.pop()
    if (scene === undefined) return
    const stage = { nodes, chance: seededChance(seed + scenes.length), repeats }
    people.push(...(await SCENES[scene.name](stage, `${scene.name}-${seed}-${scene.at}`)))
    return playNext()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, playNext))
  return { people, repeats }
}
