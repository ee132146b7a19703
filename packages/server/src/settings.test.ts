import { expect, test } from 'vitest'
import { maskSettings, readSettings, settingsSchema } from './settings.ts'

const read = (env: Record<string, string>) => {
  const result = readSettings(env)
  if (result.kind === 'wrong') throw new Error(result.problems.join('\n'))
  return result.settings
}

const problemsOf = (env: Record<string, string>) => {
  const result = readSettings(env)
  return result.kind === 'wrong' ? result.problems : []
}

test('an empty environment gives a server for this machine only', () => {
  const settings = read({})
  expect(settings).toMatchObject({
    host: '127.0.0.1',
    port: 4600,
    databaseUrl: null,
    role: 'all',
    logLevel: 'info',
  })
  expect(settings.trustedProxies).toEqual(['127.0.0.0/8', '::1/128'])
  expect(settings.backupRetentionDays).toBe(35)
})

test('an empty value is an absent one, as compose files write it', () => {
  expect(read({ HEED_PORT: ' ', HEED_DATABASE_URL: '' })).toMatchObject({ port: 4600, databaseUrl: null })
})

test('names every wrong value at once with what is allowed', () => {
  const problems = problemsOf({
    HEED_PORT: 'eighty',
    HEED_ROLE: 'boss',
    HEED_MASTER_KEY: 'c2hvcnQ=',
    HEED_TRUSTED_PROXIES: '10.0.0.0/33',
    HEED_DATABASE_URL: 'mysql://db',
    HEED_HOTS: '0.0.0.0',
  })
  expect(problems).toEqual([
    'HEED_HOTS is not a setting; did you mean HEED_HOST?',
    'HEED_PORT must be a whole number from 0 to 65535',
    'HEED_DATABASE_URL must look like postgres://user:password@host:5432/database',
    expect.stringMatching(/^HEED_TRUSTED_PROXIES must be addresses or CIDR ranges/),
    expect.stringMatching(/^HEED_MASTER_KEY must be 32 bytes in base64/),
    'HEED_ROLE must be all, api or worker',
  ])
})

test('never repeats a wrong value, because it may be a secret', () => {
  const secret = 'Sup3rSecret'
  const names = Object.keys(settingsSchema.shape).map(
    (key) => `HEED_${key.replace(/[A-Z]/g, '_$&').toUpperCase()}`,
  )
  const problems = problemsOf(Object.fromEntries(names.map((name) => [name, `${secret} %`])))
  expect(problems.length).toBeGreaterThan(8)
  expect(problems.join('\n')).not.toContain(secret)
})

test('a certificate without its key is refused', () => {
  expect(problemsOf({ HEED_TLS_CERT: '/a.pem' })).toEqual([
    'HEED_TLS_CERT and HEED_TLS_KEY must be set together',
  ])
})

test('an admin token that was cut off is refused', () => {
  expect(problemsOf({ HEED_ADMIN_TOKEN: 'heed_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' })).toEqual([
    expect.stringContaining('checksum is wrong'),
  ])
})

test('trusts no proxy when told so', () => {
  expect(read({ HEED_TRUSTED_PROXIES: 'none' }).trustedProxies).toEqual([])
})

test('shows settings without their secrets', () => {
  const settings = read({
    HEED_DATABASE_URL: 'postgres://heed:hunter22@db:5432/heed',
    HEED_ADMIN_TOKEN: 'an-operators-own-token',
    HEED_WRITE_KEY: 'hunter22-write-key',
    HEED_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
  })
  const shown = Object.fromEntries(maskSettings(settings).map(({ variable, value }) => [variable, value]))
  expect(shown).toMatchObject({
    HEED_DATABASE_URL: 'postgres://heed:•••@db:5432/heed',
    HEED_ADMIN_TOKEN: '•••',
    HEED_WRITE_KEY: '•••',
    HEED_MASTER_KEY: '•••',
    HEED_PUBLIC_URL: '(not set)',
  })
  expect(JSON.stringify(shown)).not.toContain('hunter22')
})

test('every setting has a description for the manual', () => {
  for (const [key, schema] of Object.entries(settingsSchema.shape)) {
    expect(schema.description, key).toMatch(/^.{20,}$/)
  }
})
