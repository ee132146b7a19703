import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ipaddr from 'ipaddr.js'
import { z } from 'zod'
import { isPlausibleToken } from './access/token-format.ts'
import { nearestName } from './operate/nearest-name.ts'

const LOOPBACK = '127.0.0.0/8,::1/128'

const wholeNumber = (least: number, most: number, fallback: number) =>
  z
    .string()
    .default(String(fallback))
    .refine((text) => /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most, {
      error: `must be a whole number from ${least} to ${most}`,
    })
    .transform(Number)

const optionalText = z.string().nullable().default(null)

/**
 * Every setting of the server. The key is the camel-case form of the variable: `dataDir` is read from `HEED_DATA_DIR`.
 * The descriptions are the text of docs/operate/settings.md.
 */
export const settingsSchema = z.object({
  host: z
    .string()
    .default('127.0.0.1')
    .refine((host) => /^[A-Za-z0-9.:_-]+$/.test(host), {
      error: 'must be an address or a host name, such as 127.0.0.1, 0.0.0.0 or ::',
    })
    .describe('Address to listen on. The default answers this machine only; 0.0.0.0 answers everybody.'),
  port: wholeNumber(0, 65_535, 4600).describe('Port to listen on; 0 takes any free one.'),
  dataDir: z
    .string()
    .default('.heed')
    .transform((path) => resolve(path))
    .describe('Folder of the embedded database, the no-journal and the master key. Made at first start.'),
  databaseUrl: optionalText
    .refine((url) => url === null || hasScheme(url, ['postgres:', 'postgresql:']), {
      error: 'must look like postgres://user:password@host:5432/database',
    })
    .meta({ secret: true })
    .describe(
      'PostgreSQL 15 or newer to use. Without it Heed runs its own PostgreSQL 18 in the data folder.',
    ),
  publicUrl: optionalText
    .refine((url) => url === null || hasScheme(url, ['http:', 'https:']), {
      error: 'must be an http or https address, such as https://heed.example.com',
    })
    .transform((url) => url?.replace(/\/+$/, '') ?? null)
    .describe('Address under which browsers and other servers reach Heed. Default: what Heed listens on.'),
  tlsCert: optionalText.describe('Path of a PEM certificate chain. Set together with HEED_TLS_KEY.'),
  tlsKey: optionalText.describe('Path of the PEM private key of HEED_TLS_CERT.'),
  trustedProxies: z
    .string()
    .default(LOOPBACK)
    .transform((list) => list.split(',').map((range) => range.trim()))
    .refine((ranges) => ranges.every((range) => range === 'none' || isAddressRange(range)), {
      error: 'must be addresses or CIDR ranges separated by commas, such as 10.0.0.0/8,::1, or none',
    })
    .transform((ranges) => ranges.filter((range) => range !== 'none'))
    .describe(
      "Whose X-Forwarded-For is believed. Decides the client's address for regions, context.ip and rate limits.",
    ),
  masterKey: optionalText
    .refine((text) => text === null || /^[A-Za-z0-9+/]{43}=$/.test(text), {
      error: 'must be 32 bytes in base64 (44 characters); `openssl rand -base64 32` makes one',
    })
    .meta({ secret: true })
    .describe(
      '32 bytes in base64 that wrap every key. Without it one is made in the data folder, mode 0600.',
    ),
  adminToken: optionalText
    .refine((token) => token === null || /^[\x21-\x7e]{20,200}$/.test(token), {
      error: 'must be 20 to 200 visible ASCII characters without blanks',
    })
    .refine((token) => token === null || isPlausibleToken(token), {
      error: 'starts like a token of Heed but its checksum is wrong; was it cut off?',
    })
    .meta({ secret: true })
    .describe(
      'API token with every scope in the first workspace. Without it the first start makes one and prints it once. ' +
        'A changed value is added as a further token; revoke the old one through the API.',
    ),
  writeKey: optionalText
    .refine((key) => key === null || /^[A-Za-z0-9._~-]{8,128}$/.test(key), {
      error: 'must be 8 to 128 letters, digits, dots, hyphens, underscores or tildes',
    })
    .meta({ secret: true })
    .describe(
      'Write key of the first source. Without it the first start makes one and prints it once. ' +
        'A changed value makes a further source, so that no client stops working.',
    ),
  backupRetentionDays: wholeNumber(0, 36_500, 35).describe(
    'How long your backups and replicas keep copies of a destroyed key; 0 means unknown. Printed on every receipt.',
  ),
  reversalDays: wholeNumber(0, 28, 7).describe(
    'How many days an erase can be taken back: until then the keys are put away, not destroyed. 0 destroys them at once.',
  ),
  journalUrl: optionalText
    .refine((url) => url === null || url.startsWith('/') || hasScheme(url, ['file:']), {
      error: 'must be an absolute path or a file:// address of a folder that every node can write to',
    })
    .transform((url) => (url?.startsWith('file:') ? fileURLToPath(url) : url))
    .describe(
      'Shared folder of the no-journals, one chain a node. Default: the data folder; a second node needs it.',
    ),
  role: z
    .enum(['all', 'api', 'worker'], { error: 'must be all, api or worker' })
    .default('all')
    .describe('What this node does: answer calls (api), run jobs (worker), or both (all).'),
  logLevel: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'must be fatal, error, warn, info, debug, trace or silent',
    })
    .default('info')
    .describe('The least important log line that is written.'),
})

export type Settings = Readonly<z.infer<typeof settingsSchema>>

export type SettingsRead =
  | { readonly kind: 'valid'; readonly settings: Settings }
  | { readonly kind: 'wrong'; readonly problems: readonly string[] }

type Environment = Readonly<Record<string, string | undefined>>

/** Reads every setting and names everything that is wrong at once, never with the wrong value: it may be a secret. */
export function readSettings(env: Environment = process.env): SettingsRead {
  const parsed = settingsSchema.safeParse(valuesIn(env))
  const wrongValues = parsed.success ? [] : parsed.error.issues.map(describeIssue)
  const problems = [
    ...unknownNames(env),
    ...wrongValues,
    ...(parsed.success ? contradictions(parsed.data) : []),
  ]
  if (parsed.success && problems.length === 0) return { kind: 'valid', settings: parsed.data }
  return { kind: 'wrong', problems }
}

/** `dataDir` → `HEED_DATA_DIR`. */
export function settingVariable(key: string): string {
  return `HEED_${key.replace(/[A-Z]/g, '_$&').toUpperCase()}`
}

/** Each setting as it can be shown to anybody: secrets are replaced, a password inside an address too. */
export function maskSettings(settings: Settings): readonly { variable: string; value: string }[] {
  return Object.entries(settings).map(([key, value]) => ({
    variable: settingVariable(key),
    value: shown(key, value),
  }))
}

const VARIABLES = Object.keys(settingsSchema.shape).map(settingVariable)

function valuesIn(env: Environment): Record<string, string> {
  const given = Object.keys(settingsSchema.shape).map((key) => [key, env[settingVariable(key)]?.trim()])
  return Object.fromEntries(given.filter(([, value]) => value !== undefined && value !== ''))
}

/** A misspelt setting would silently leave its default; HEED_TEST_… belongs to the test runner. */
/** The command line's own settings may be set beside the server's; docs/operate/cli.md has them. */
const OF_THE_COMMAND_LINE = ['HEED_URL', 'HEED_TOKEN']

function unknownNames(env: Environment): string[] {
  const known = [...VARIABLES, ...OF_THE_COMMAND_LINE]
  return Object.keys(env)
    .filter((name) => name.startsWith('HEED_') && !name.startsWith('HEED_TEST_') && !known.includes(name))
    .map((name) => `${name} is not a setting; did you mean ${nearestName(name, VARIABLES)}?`)
}

function describeIssue(issue: z.core.$ZodIssue): string {
  return `${settingVariable(String(issue.path[0]))} ${issue.message}`
}

function contradictions(settings: Settings): string[] {
  if ((settings.tlsCert === null) === (settings.tlsKey === null)) return []
  return ['HEED_TLS_CERT and HEED_TLS_KEY must be set together']
}

function shown(key: string, value: Settings[keyof Settings]): string {
  if (value === null) return '(not set)'
  if (key === 'databaseUrl') return String(value).replace(/(\/\/[^:/@]*):[^@]*@/, '$1:•••@')
  if (isSecret(key)) return '•••'
  return Array.isArray(value) ? value.join(',') || 'none' : String(value)
}

function isSecret(key: string): boolean {
  return Object.entries(settingsSchema.shape).some(
    ([name, schema]) => name === key && schema.meta()?.secret === true,
  )
}

function hasScheme(url: string, schemes: readonly string[]): boolean {
  return URL.canParse(url) && schemes.includes(new URL(url).protocol)
}

function isAddressRange(range: string): boolean {
  return ipaddr.isValid(range) || ipaddr.isValidCIDR(range)
}
