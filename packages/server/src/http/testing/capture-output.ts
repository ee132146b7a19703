import { Writable } from 'node:stream'
import { createLog, LOG_FIELDS, type Log } from '../../log.ts'
import { createMetrics, type Metrics } from '../operations/metrics.ts'

const LINE_FIELDS = new Set([...LOG_FIELDS, 'level', 'time', 'msg'])

export type CapturedOutput = {
  readonly log: Log
  readonly metrics: Metrics
  /** Every log line so far, parsed. */
  readonly lines: () => readonly Readonly<Record<string, unknown>>[]
  /** What stands in a log line or metric though it must not: a field outside the allow-list, or one of the `secrets`. */
  readonly leaks: (secrets: readonly string[]) => Promise<readonly string[]>
}

/**
 * A log and metrics whose output can be searched, for tests of promise 11. Give the parts of the application `log` and
 * `metrics`, let them work on recognisable identifiers, keys and tokens, and expect `leaks` of those to be empty.
 */
export function captureOutput(): CapturedOutput {
  const texts: string[] = []
  const destination = new Writable({
    write(chunk, _encoding, done) {
      texts.push(String(chunk))
      done()
    },
  })
  const log = createLog({ level: 'trace', destination })
  const metrics = createMetrics({ withProcess: false })
  const lines = () => texts.map((text): Record<string, unknown> => JSON.parse(text))
  return {
    log,
    metrics,
    lines,
    async leaks(secrets) {
      const output = [...texts, await metrics.render()]
      const strayFields = lines().flatMap((line) =>
        Object.keys(line).filter((name) => !LINE_FIELDS.has(name)),
      )
      const spilled = secrets.filter((secret) => output.some((text) => holds(text, secret)))
      return [...strayFields.map((name) => `field ${name}`), ...spilled.map((secret) => `secret ${secret}`)]
    },
  }
}

/** As it is, percent-encoded and in base64: an address in a URL is an address. */
function holds(text: string, secret: string): boolean {
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '')
  const haystack = text.toLowerCase()
  return [secret, encodeURIComponent(secret), base64].some((form) => haystack.includes(form.toLowerCase()))
}
