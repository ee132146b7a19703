import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** One call of a client and what it was answered. */
export type TappedCall = {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  readonly status: number
  readonly answer: Buffer
}

/**
 * Stands between a client and Heed, passes every byte on as it is, and remembers it: so a journey sees what a client was
 * really answered, and can send the client's own bytes again.
 */
export type Tap = {
  readonly url: string
  readonly calls: () => readonly TappedCall[]
  /** Sends remembered calls to Heed once more, byte for byte, one after the other. */
  readonly replay: (calls: readonly TappedCall[]) => Promise<void>
  readonly close: () => void
}

export async function openTap(target: string): Promise<Tap> {
  const calls: TappedCall[] = []
  const server = createServer(async (call, reply) => {
    const asked = {
      method: call.method ?? 'GET',
      path: call.url ?? '/',
      headers: call.headers,
      body: await buffer(call),
    }
    const answered = await pass(target, asked)
    calls.push({ ...asked, status: answered.status, answer: answered.answer })
    reply.writeHead(answered.status, answered.headers).end(answered.answer)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    calls: () => [...calls],
    async replay(again) {
      for (const call of again) await pass(target, call)
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

type Asked = Omit<TappedCall, 'status' | 'answer'>
type Answered = Pick<TappedCall, 'status' | 'answer' | 'headers'>

function pass(target: string, { method, path, headers, body }: Asked): Promise<Answered> {
  const { hostname, port } = new URL(target)
  return new Promise((resolve, reject) => {
    const onward = request({ hostname, port, method, path, headers }, async (answer) => {
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, answer: await buffer(answer) })
    })
    onward.on('error', reject)
    onward.end(body)
  })
}
