import { type HeedClient, HeedError } from '@heed/sdk'
import type { EventLine } from './read-event-line.ts'
import type { Outcome } from './tally.ts'

type Event = Extract<EventLine, { kind: 'event' }>

export type Sending = { readonly heed: HeedClient; readonly writeKey: string }

/**
 * Hands a batch in and resolves with a verdict for each of its lines. A batch that the source finds too large is halved:
 * its own limits may be below the usual ones, and one line that is too large must not take others along.
 */
export async function sendBatch(sending: Sending, events: readonly Event[]): Promise<readonly Outcome[]> {
  if (events.length === 0) return []
  try {
    return await handIn(sending, events)
  } catch (error) {
    if (!isTooLarge(error)) throw error
    if (events.length === 1) return events.map(({ line }) => rejected(line, 'event-too-large'))
    const middle = Math.ceil(events.length / 2)
    const first = await sendBatch(sending, events.slice(0, middle))
    return [...first, ...(await sendBatch(sending, events.slice(middle)))]
  }
}

async function handIn({ heed, writeKey }: Sending, events: readonly Event[]): Promise<readonly Outcome[]> {
  const { verdicts } = await heed.importEvents({ writeKey, batch: events.map(({ json }) => json) })
  return events.map(({ line }, at) => ({ line, verdict: verdicts?.[at] ?? { kind: 'taken' } }))
}

function rejected(line: number, code: string): Outcome {
  return { line, verdict: { kind: 'rejected', code } }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof HeedError && error.code === 'too-large'
}
