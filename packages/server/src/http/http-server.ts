import { readFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { PROBLEMS, type ProblemCode } from '@heed/protocol'
import type { Settings } from '../settings.ts'

const SECOND = 1000

/** An address may hold a whole event (pixel, Cooladata's GET): 32 KB, in base64, escaped. 1 MB of headers is refused. */
const MOST_HEADER_BYTES = 64 * 1024

const LIMITS: ServerOptions = {
  maxHeaderSize: MOST_HEADER_BYTES,
  headersTimeout: 20 * SECOND,
  requestTimeout: 60 * SECOND,
  // Longer than the minute after which most load balancers drop an idle connection, so that they never reuse a closed one.
  keepAliveTimeout: 72 * SECOND,
}

const SILENCE_TIMEOUT = 120 * SECOND

/** Makes the listening socket: with TLS when a certificate is set, and with a limit on everything a caller can stretch. */
export function createServerFactory({ tlsCert, tlsKey }: Pick<Settings, 'tlsCert' | 'tlsKey'>) {
  return (handler: RequestListener): Server => {
    const server =
      tlsCert === null || tlsKey === null
        ? createServer(LIMITS, handler)
        : createTlsServer({ ...LIMITS, cert: readFileSync(tlsCert), key: readFileSync(tlsKey) }, handler)
    server.setTimeout(SILENCE_TIMEOUT)
    return server
  }
}

/** Answers what is not yet a call (broken request line, endless headers): no route, no log line, no word of what was sent. */
export function refuseBrokenCall(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  socket.end(rawAnswer(problemOf(error.code)))
}

function problemOf(code: string | undefined): ProblemCode {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers-too-large'
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request-timeout' : 'invalid-encoding'
}

function rawAnswer(code: ProblemCode): string {
  const { status, title } = PROBLEMS[code]
  const body = JSON.stringify({ type: `/docs#${code}`, title, status, code, detail: title, requestId: '' })
  return [
    `HTTP/1.1 ${status} ${title}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n')
}
