import { SingleBar } from 'cli-progress'
import type { Shell } from '../shell.ts'
import { plural } from './columns.ts'

export type Progress = {
  readonly at: (done: number, total: number) => void
  readonly stop: () => void
}

type Shown = {
  readonly isQuiet: boolean
  /** What is counted, in the singular. */
  readonly noun: string
}

/** A line at most so often where no bar can be drawn. */
const LINE_EVERY_MS = 5_000

/** A bar where a person watches, a line now and then where a log does, nothing when it was not wanted. */
export function startProgress(shell: Shell, shown: Shown): Progress {
  if (shown.isQuiet) return { at: () => undefined, stop: () => undefined }
  return shell.isWatched ? bar(shown) : lines(shell, shown)
}

function bar({ noun }: Shown): Progress {
  const drawn = new SingleBar({
    format: `{bar} {percentage}%  {value} of {total} ${noun}s`,
    hideCursor: true,
  })
  let isStarted = false
  return {
    at(done, total) {
      if (!isStarted) drawn.start(total, done)
      isStarted = true
      drawn.setTotal(total)
      drawn.update(done)
    },
    stop: () => drawn.stop(),
  }
}

function lines(shell: Shell, { noun }: Shown): Progress {
  let toldAt = shell.now().getTime()
  return {
    at(done, total) {
      const now = shell.now().getTime()
      if (now - toldAt < LINE_EVERY_MS) return
      toldAt = now
      shell.tell(`${done.toLocaleString('en')} of ${plural(total, noun)}\n`)
    },
    stop: () => undefined,
  }
}
