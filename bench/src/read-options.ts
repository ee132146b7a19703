import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

export const MEASUREMENTS = ['ingest', 'opt-out', 'start-up', 'erasure', 'export', 'flood', 'plans'] as const
export type Measurement = (typeof MEASUREMENTS)[number]

export type Options = {
  readonly only: readonly Measurement[]
  readonly isQuick: boolean
  readonly rounds: number
  /** Where the loaded world is kept between runs. */
  readonly dataDir: string
  /** Null: the embedded PostgreSQL, in the data folder. */
  readonly databaseUrl: string | null
  /** Where the server writes a CPU profile at its end, or null. */
  readonly profileDir: string | null
  /** The `main.ts` of another checkout whose server is measured instead, or null. */
  readonly main: string | null
}

const LEAST_ROUNDS = 5

/** @throws Error that names what is allowed */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true, default: [] },
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string', default: String(LEAST_ROUNDS) },
      data: { type: 'string' },
      'database-url': { type: 'string' },
      profile: { type: 'string' },
      main: { type: 'string' },
    },
  })
  const size = values.quick ? 'quick' : 'full'
  return {
    only: measurementsOf(values.only),
    isQuick: values.quick,
    rounds: wholeNumber(values.rounds),
    dataDir: resolve(values.data ?? join(tmpdir(), `heed-bench-${size}`)),
    databaseUrl: values['database-url'] ?? null,
    profileDir: values.profile === undefined ? null : resolve(values.profile),
    main: values.main === undefined ? null : resolve(values.main),
  }
}

function measurementsOf(names: readonly string[]): readonly Measurement[] {
  const asked = names.flatMap((list) => list.split(','))
  const unknown = asked.find((name) => !MEASUREMENTS.some((known) => known === name))
  if (unknown !== undefined) throw new Error(`--only takes ${MEASUREMENTS.join(', ')}; not ${unknown}`)
  return asked.length === 0 ? MEASUREMENTS : MEASUREMENTS.filter((known) => asked.includes(known))
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new Error('--rounds takes a whole number from 1 to 999')
  return Number(text)
}
