import type { RequestWithTasks } from '@heed/sdk'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { startProgress } from '../output/progress.ts'
import type { Running } from '../running.ts'

/** How often the server is asked. */
const LOOK_EVERY_MS = 1_000

/** What comes up later than this is not waited for. */
const SOON_MS = 60_000

type Following = Pick<Running, 'shell' | 'heed' | 'isJson'>

/**
 * Looks at a request until nothing of it moves: it is settled, or waits for a day, a hold or somebody's word. Moving is what
 * the server will work on within the minute.
 */
export async function followRequest(
  { shell, heed, isJson }: Following,
  opened: RequestWithTasks,
): Promise<RequestWithTasks> {
  const progress = startProgress(shell, { isQuiet: isJson, noun: 'task' })
  try {
    let request = opened
    while (countMoving(request, shell.now()) > 0) {
      progress.at(request.tasks.length - countMoving(request, shell.now()), request.tasks.length)
      await shell.pause(LOOK_EVERY_MS)
      request = await heed().requests.get(request.id)
    }
    return request
  } finally {
    progress.stop()
  }
}

function countMoving({ tasks }: RequestWithTasks, now: Date): number {
  return tasks.filter(
    ({ state, nextAt }) =>
      state !== 'held' && nextAt !== null && Date.parse(nextAt) - now.getTime() < SOON_MS,
  ).length
}

/** 5 where something is left to somebody: a hold, an approval, or rows that were found again. */
export function exitCodeOf({ status, tasks }: RequestWithTasks): ExitCode {
  const isStuck = status === 'held' || status === 'awaiting-approval'
  return isStuck || tasks.some(({ outcome }) => outcome === 'still-found') ? EXIT.incomplete : EXIT.ok
}
