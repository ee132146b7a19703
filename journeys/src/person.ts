import { randomBytes } from 'node:crypto'
import type { ControlDoor, StoredEvent } from './boot/control-door.ts'

/** Somebody no other test knows. The mark is part of everything they are called by, and of nothing else. */
export type Person = {
  readonly mark: string
  readonly userId: string
  readonly anonymousId: string
  readonly email: string
  /** A further identifier of the same person, such as another device's. */
  readonly other: (name: string) => string
}

export function newPerson(): Person {
  const mark = `mark${randomBytes(6).toString('hex')}`
  return {
    mark,
    userId: `user-${mark}`,
    anonymousId: `device-${mark}`,
    email: `${mark}@example.com`,
    other: (name) => `${name}-${mark}`,
  }
}

/**
 * All that Heed can tell of a person, in the order in which it arrived: the name of each track event, the type of any other.
 * Looks through every event of the workspace, so that nothing hides under an identifier the journey did not think of.
 */
export async function collectedOf({ events }: ControlDoor, { mark }: Person): Promise<readonly string[]> {
  const mentions = (event: StoredEvent) => JSON.stringify(event.content).includes(mark)
  return (await events()).filter(mentions).map(({ name, type }) => name ?? type)
}
