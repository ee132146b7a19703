import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

export type SenderOrders = {
  readonly url: string
  readonly writeKey: string
  /** Bodies to write and send, each of EVENTS_PER_CALL events. */
  readonly calls: number
  readonly connections: number
  readonly people: number
  readonly run: string
  /** Sends the same bodies over and over and never waits, until it is stopped. */
  readonly isFlood?: boolean
}

export type SenderReport = {
  readonly ms: number
  /** How many answers had each status; 0: the connection broke. */
  readonly statuses: Readonly<Record<string, number>>
  readonly latencies: readonly number[]
  /** Answers with 429 or 503 that did not say when to come back. */
  readonly withoutRetryAfter: number
}

export type Sender = {
  /** Sends everything, or until `stop`; resolves when the last answer has come. */
  readonly send: () => Promise<SenderReport>
  readonly stop: () => void
}

/** A sender with all of its bodies written. */
export async function prepareSender(orders: SenderOrders): Promise<Sender> {
  const worker = new Worker(new URL('./sender.ts', import.meta.url), { workerData: orders })
  await once(worker, 'message')
  return {
    async send() {
      worker.postMessage('go')
      const [report] = await once(worker, 'message')
      await worker.terminate()
      return report as SenderReport
    },
    stop: () => worker.postMessage('stop'),
  }
}
