import { createLog, type Log } from './log.ts'
import { type HeedServer, startServer } from './server.ts'
import { readSettings } from './settings.ts'
import { CannotStart } from './store/cannot-start.ts'

/** Runs Heed until it is told to stop: what `npm start` and `heed serve` do. */
export async function runServer(): Promise<void> {
  const read = readSettings()
  if (read.kind === 'wrong') return giveUp(read.problems)
  const log = createLog({ level: read.settings.logLevel })
  const starting = startServer({ settings: read.settings, log })
  stopOnSignal(starting, log)
  const server = await starting.catch((error: unknown) => {
    if (!(error instanceof CannotStart)) throw error
    giveUp([error.message])
    return null
  })
  if (server !== null) greet(server)
}

function giveUp(problems: readonly string[]): void {
  process.stderr.write(`Heed cannot start:\n${problems.map((problem) => `  - ${problem}\n`).join('')}`)
  process.exitCode = 2
}

/** What the first start made is shown here and nowhere else: Heed keeps only digests of it. */
function greet({ url, seeding }: HeedServer): void {
  const lines = [`Heed answers at ${url} (API at ${url}/docs)`]
  if (seeding.kind === 'seeded' && seeding.madeWriteKey !== null)
    lines.push(`  write key:   ${seeding.madeWriteKey}   (for your tracking clients)`)
  if (seeding.kind === 'seeded' && seeding.madeToken !== null)
    lines.push(`  admin token: ${seeding.madeToken}   (shown only now; keep it)`)
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** A signal that comes before the start has finished stops what has started by then. A second one does not wait. */
function stopOnSignal(starting: Promise<HeedServer>, log: Log): void {
  let isStopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (isStopping) process.exit(1)
      isStopping = true
      log.info({ signal }, 'stopping')
      starting
        .then((server) => server.stop())
        .then(
          () => process.exit(0),
          (error: unknown) => {
            log.error({ err: error }, 'stopping failed')
            process.exit(1)
          },
        )
    })
}
