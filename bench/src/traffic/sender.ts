import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { gzipSync } from 'node:zlib'
import { EVENTS_PER_CALL, sayingOf } from './mix.ts'
import type { SenderOrders, SenderReport } from './run-sender.ts'
import { writeEvent } from './write-event.ts'

/** Runs in a thread of its own: writes every body first, says so, and sends them when told to. */
const orders = workerData as SenderOrders
const bodies = Array.from({ length: orders.calls }, writeBody)
const agent = new Agent({ keepAlive: true, maxSockets: orders.connections })
let isStopped = false

parentPort?.on('message', (message: 'go' | 'stop') => {
  if (message === 'stop') isStopped = true
  else void sendAll().then((report) => parentPort?.postMessage(report))
})
parentPort?.postMessage('written')

function writeBody(): Buffer {
  const writer = { people: orders.people, run: orders.run, chance: Math.random }
  const events = Array.from({ length: EVENTS_PER_CALL }, () => writeEvent(sayingOf(Math.random()), writer))
  return gzipSync(`{"batch":[${events.join(',')}],"sentAt":"${new Date().toISOString()}"}`, { level: 1 })
}

async function sendAll(): Promise<SenderReport> {
  const report = {
    ms: 0,
    statuses: {} as Record<string, number>,
    latencies: [] as number[],
    withoutRetryAfter: 0,
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: orders.connections }, () => sendOneByOne(report)))
  agent.destroy()
  return { ...report, ms: performance.now() - start }
}

type Counting = { -readonly [Key in keyof SenderReport]: SenderReport[Key] } & {
  readonly statuses: Record<string, number>
  readonly latencies: number[]
}

async function sendOneByOne(report: Counting): Promise<void> {
  for (let body = nextBody(); body !== undefined && !isStopped; body = nextBody()) {
    const sentAt = performance.now()
    const status = await sendUntilTaken(body, report)
    if (status === 200) report.latencies.push(performance.now() - sentAt)
  }
}

let sent = 0

function nextBody(): Buffer | undefined {
  sent += 1
  return orders.isFlood === true ? bodies[sent % bodies.length] : bodies.pop()
}

/** A client keeps what was refused with 503 or 429 and sends it again; a flood only makes a note of it. */
async function sendUntilTaken(body: Buffer, report: Counting): Promise<number> {
  for (;;) {
    const { status, mayRetry } = await send(body)
    const isRefused = status === 503 || status === 429
    report.statuses[status] = (report.statuses[status] ?? 0) + 1
    if (isRefused && !mayRetry) report.withoutRetryAfter += 1
    if (!isRefused || isStopped || orders.isFlood === true) return status
    await sleep(50)
  }
}

type Answer = { readonly status: number; readonly mayRetry: boolean }

function send(body: Buffer): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>()
  const options = { method: 'POST', agent, headers: headersOf(body) }
  const call = request(`${orders.url}/v1/batch`, options, (answer) => {
    answer.resume()
    const mayRetry = answer.headers['retry-after'] !== undefined
    answer.on('close', () => resolve({ status: answer.statusCode ?? 0, mayRetry }))
  })
  call.on('error', () => resolve({ status: 0, mayRetry: false }))
  call.end(body)
  return promise
}

function headersOf(body: Buffer): Record<string, string | number> {
  return {
    authorization: `Basic ${Buffer.from(`${orders.writeKey}:`).toString('base64')}`,
    'content-type': 'application/json',
    'content-encoding': 'gzip',
    'content-length': body.length,
  }
}
