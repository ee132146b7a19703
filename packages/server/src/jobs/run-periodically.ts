import type { Log } from '../log.ts'

/** Work that comes round again. It must be safe to run on every node at once and to be killed anywhere. */
export type PeriodicJob = {
  readonly name: string
  readonly everyMs: number
  /** Long work stops early when the signal says that the server stops. */
  readonly run: (signal: AbortSignal) => Promise<unknown>
}

export type RunningJobs = { readonly stop: () => Promise<void> }

/** Runs each job now and then again, one run at a time; a run that fails is logged and the next one comes as usual. */
export function runPeriodically(jobs: readonly PeriodicJob[], log: Log): RunningJobs {
  const stopped = new AbortController()
  const loops = jobs.map((job) => loop(job, { log, signal: stopped.signal }))
  return {
    async stop() {
      stopped.abort()
      await Promise.all(loops)
    },
  }
}

async function loop(job: PeriodicJob, { log, signal }: { log: Log; signal: AbortSignal }): Promise<void> {
  while (!signal.aborted) {
    await job.run(signal).catch((error: unknown) => {
      log.error({ job: job.name, err: error }, 'a job failed; it runs again')
    })
    await pause(job.everyMs, signal)
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(done, ms)
    function done(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done)
  })
}
