type SeenCall = {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

/** Answers one after the other and remembers what it was asked. */
export type FakeServer = { readonly fetch: typeof globalThis.fetch; readonly calls: readonly SeenCall[] }

/** Objects are answered as JSON with status 200. */
export function answering(...answers: readonly (object | Response)[]): FakeServer {
  const calls: SeenCall[] = []
  const waiting = [...answers]
  return {
    calls,
    async fetch(input, init = {}) {
      calls.push({
        method: init.method ?? 'GET',
        url: String(input),
        headers: Object.fromEntries(new Headers(init.headers)),
        body: typeof init.body === 'string' ? init.body : null,
      })
      const answer = waiting.shift()
      if (answer === undefined) throw new Error('the fake server has no answer left')
      return answer instanceof Response ? answer : Response.json(answer)
    },
  }
}

type Refusal = {
  readonly code: string
  readonly detail?: string
  readonly retryAfter?: number
  readonly errors?: object[]
}

export function problem(status: number, { retryAfter, ...body }: Refusal): Response {
  const headers: Record<string, string> =
    retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
  return Response.json({ detail: 'No.', requestId: 'r1', status, ...body }, { status, headers })
}
