import { randomBytes, randomInt } from 'node:crypto'

/** Values that belong to one person, none of which occurs anywhere else by chance. */
export type Secrets = {
  readonly userId: string
  readonly secondUserId: string
  readonly anonymousId: string
  readonly lateAnonymousId: string
  readonly previousId: string
  readonly deviceId: string
  readonly email: string
  readonly phone: string
  readonly address: string
  readonly name: string
}

export function newSecrets(): Secrets {
  const secret = (what: string) => `${what}-${randomBytes(9).toString('hex')}`
  return {
    userId: secret('user'),
    secondUserId: secret('second'),
    anonymousId: secret('anonymous'),
    lateAnonymousId: secret('late'),
    previousId: secret('previous'),
    deviceId: secret('device'),
    email: `${secret('mail')}@example.com`,
    phone: `+49151${randomInt(10_000_000, 99_999_999)}`,
    address: `2001:db8:${randomBytes(2).toString('hex')}:${randomBytes(2).toString('hex')}::7`,
    name: secret('Ada'),
  }
}

/** Which of the secrets a text holds: as they are, percent-encoded, in base64, or as the hex of their bytes. */
export function secretsIn(text: string, secrets: Secrets): readonly string[] {
  const lower = text.toLowerCase()
  return Object.entries(secrets)
    .filter(([, secret]) => spellings(secret).some((spelling) => lower.includes(spelling.toLowerCase())))
    .map(([kind]) => kind)
}

function spellings(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  return [
    secret,
    encodeURIComponent(secret),
    bytes.toString('hex'),
    ...base64Spellings(bytes),
    // A phone number is also its digits.
    ...(secret.startsWith('+') ? [secret.slice(1)] : []),
  ]
}

/** Base64 of a text that stands somewhere inside a longer one: three ways, by where it begins, without the ends that mix. */
function base64Spellings(bytes: Buffer): string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    return encoded.slice(before === 0 ? 0 : 4, -4)
  })
}
