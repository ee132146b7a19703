import { isJsonObject } from '../../collection/parse/json-object.ts'

/**
 * The write key in an Authorization header: `Basic` with `key:` or a bare key, encoded or not. Null without one; `Bearer`
 * is a token, and the key stands in the body then.
 */
export function writeKeyInHeader(authorization: string | undefined): string | null {
  const [scheme = '', credentials = ''] = (authorization ?? '').trim().split(/ +/, 2)
  if (credentials === '') return scheme === '' || /^(basic|bearer)$/i.test(scheme) ? null : keyOf(scheme)
  return /^basic$/i.test(scheme) ? keyInCredentials(credentials) : null
}

/** A key that is no base64 of a readable text is a key that was not encoded. */
function keyInCredentials(credentials: string): string | null {
  const decoded = Buffer.from(credentials, 'base64').toString('utf8')
  return keyOf(/^[\x21-\x7e]+$/.test(decoded) ? decoded : credentials)
}

function keyOf(userAndPassword: string): string | null {
  const key = userAndPassword.split(':', 1)[0] ?? ''
  return key === '' ? null : key
}

/** The write key of a body: its own, else that of its first item. */
export function writeKeyInBody(body: unknown): string | null {
  if (!isJsonObject(body)) return null
  if (typeof body.writeKey === 'string') return body.writeKey
  const first: unknown = Array.isArray(body.batch) ? body.batch[0] : null
  return isJsonObject(first) && typeof first.writeKey === 'string' ? first.writeKey : null
}
