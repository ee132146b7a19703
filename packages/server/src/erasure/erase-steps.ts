import type { TaskStep, TaskSteps } from '../work/run-tasks.ts'
import { type CountingParts, countShare } from './count-share.ts'
import { type EndingParts, endWindow } from './end-window.ts'
import { type ScrubbingParts, scrubPerson } from './scrub-person.ts'

export type EraseParts = EndingParts &
  CountingParts &
  ScrubbingParts & {
    /** The hold has ended: what the erase would have done at once is done now, with the gate taken alone. */
    readonly resumeHeldErase: TaskStep
  }

/** What an erase at Heed's own store goes through, by the state it is in. */
export function eraseSteps(parts: EraseParts): TaskSteps {
  return {
    held: parts.resumeHeldErase,
    window: (task) => endWindow(parts, task),
    counting: (task) => countShare(parts, task),
    scrubbing: (task) => scrubPerson(parts, task),
  }
}
