import type { Transport } from '../transport.ts'

/** What became of one imported event. */
export type ImportVerdict =
  | { readonly kind: 'stored'; readonly eventId: string }
  | { readonly kind: 'duplicate' | 'suppressed' | 'device-suppressed' }
  | { readonly kind: 'rejected'; readonly code: string }

/** `verdicts` is null when the token may not see them (it needs `events:read`): every event was taken, and no more is told. */
export type ImportAnswer = { readonly verdicts: readonly ImportVerdict[] | null }

export type RecordedEvents = {
  readonly writeKey: string
  /** The events in the Segment spec, each with its `receivedAt`: objects, or the JSON text of each. */
  readonly batch: readonly (object | string)[]
}

export type CollectionRoutes = {
  /**
   * Hands in events that were received before. Each is judged by its own `receivedAt`: what arrived while its person was
   * suppressed stays out. Stored, or refused for good, when this resolves.
   */
  readonly importEvents: (events: RecordedEvents) => Promise<ImportAnswer>
}

export function collectionRoutes(transport: Transport, token: string | null): CollectionRoutes {
  return {
    async importEvents({ writeKey, batch }) {
      const items = batch.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)))
      const answer = await transport.json<{ readonly verdicts?: readonly ImportVerdict[] }>({
        method: 'POST',
        path: '/v1/import',
        body: `{"batch":[${items.join(',')}]}`,
        headers: {
          authorization: `Basic ${btoa(`${writeKey}:`)}`,
          ...(token === null ? {} : { 'heed-token': token }),
        },
      })
      return { verdicts: answer.verdicts ?? null }
    },
  }
}
