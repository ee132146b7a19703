import type { Heed } from '../boot/boot-heed.ts'
import type { Secrets } from './secrets.ts'

/** One call and everything it was answered, headers too. */
export type Answer = { readonly what: string; readonly status: number; readonly text: string }

/** Somebody who calls every door with one person's secrets and remembers the answers. */
export type Walker = {
  readonly secrets: Secrets
  readonly writeKey: string
  readonly answers: () => readonly Answer[]
  /** As the person's browser: the write key, and headers that name them. */
  readonly collect: (path: string, body: object | string) => Promise<void>
  readonly get: (path: string) => Promise<void>
  /** As the operator. */
  readonly control: (path: string, body: object | string, headers?: Headers) => Promise<void>
}

type Headers = Readonly<Record<string, string>>

export function walker({ url, writeKey, adminToken }: Heed, secrets: Secrets): Walker {
  const answers: Answer[] = []
  const call = async (path: string, init: RequestInit) => {
    const answer = await fetch(url + path, init)
    const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}\n`).join('')
    answers.push({
      what: `${init.method} ${path}`,
      status: answer.status,
      text: headers + (await answer.text()),
    })
  }
  const post = (path: string, body: object | string, headers: Headers) =>
    call(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const client = {
    authorization: `Basic ${btoa(`${writeKey}:`)}`,
    'x-forwarded-for': secrets.address,
    'user-agent': `Browser of ${secrets.name}`,
    referer: `https://shop.example/${secrets.userId}`,
    cookie: `ajs_user_id=${secrets.userId}`,
  }
  return {
    secrets,
    writeKey,
    answers: () => [...answers],
    collect: (path, body) => post(path, body, client),
    get: (path) => call(path, { method: 'GET', headers: client }),
    control: (path, body, headers = {}) =>
      post(path, body, { authorization: `Bearer ${adminToken}`, ...headers }),
  }
}
