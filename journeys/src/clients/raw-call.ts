import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

export type RawCall = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/**
 * Sends one call over a connection of its own and answers every byte that came back, as a client on the wire sees it. Only
 * what differs between any two calls is masked: the time and the id of the call.
 */
export async function rawAnswer(url: string, call: RawCall): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(asText(call))
  const answer = await text(socket)
  return answer
    .replace(/^(date|x-request-id): .*$/gim, '$1: …')
    .replace(/"requestId":"[^"]*"/, '"requestId":"…"')
}

function asText({ method, path, headers = {}, body = '' }: RawCall): string {
  const lines = Object.entries({
    host: 'heed.example',
    connection: 'close',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}
