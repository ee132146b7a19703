import { DEFAULT_SOURCE_SETTINGS, type Problem, type SourceSettings } from '@heed/protocol'
import type {
  Collect,
  CollectedItem,
  CollectionSource,
  ItemVerdict,
} from '../../../collection/collected-item.ts'
import { type App, buildApp } from '../../app.ts'
import { type CapturedOutput, captureOutput } from '../../testing/capture-output.ts'
import { collectionDoors } from '../collection-doors.ts'
import type { CollectionParts, FoundSource } from '../collection-parts.ts'

export const KEY = 'wk-browser-1'
export const SERVER_KEY = 'wk-server-1'
export const READER_TOKEN = 'token-that-reads-events'
export const NOW = new Date('2026-03-01T12:00:00.000Z')

/** A collector with memory: it stores, drops whom it knows to be suppressed, and can be told to refuse. */
export type RecordingCollect = {
  readonly collect: Collect
  readonly items: () => readonly CollectedItem[]
  readonly sources: () => readonly CollectionSource[]
  readonly suppress: (value: string) => void
  readonly refuseWith: (problem: Problem | null) => void
}

function recordingCollect(): RecordingCollect {
  const items: CollectedItem[] = []
  const sources: CollectionSource[] = []
  const suppressed = new Set<string>()
  let refusal: Problem | null = null
  const judge = (item: CollectedItem): ItemVerdict => {
    if (item.identifiers.some(({ value }) => suppressed.has(value))) return { kind: 'suppressed' }
    items.push(item)
    return { kind: 'stored', eventId: `00000000-0000-7000-8000-${String(items.length).padStart(12, '0')}` }
  }
  return {
    collect: async (call) => {
      if (refusal !== null) throw refusal
      sources.push(call.source)
      return call.items.map(judge)
    },
    items: () => items,
    sources: () => sources,
    suppress: (value) => suppressed.add(value),
    refuseWith: (problem) => {
      refusal = problem
    },
  }
}

export type CollectionApp = {
  readonly app: App
  readonly collected: RecordingCollect
  readonly output: CapturedOutput
}

/** The collection doors on the real application, with two sources: a public key and a secret one. */
export async function collectionApp(
  change: { readonly settings?: Partial<SourceSettings>; readonly parts?: Partial<CollectionParts> } = {},
): Promise<CollectionApp> {
  const collected = recordingCollect()
  const output = captureOutput()
  const settings = { ...DEFAULT_SOURCE_SETTINGS, ...change.settings }
  let calls = 0
  const app = await buildApp({
    settings: { trustedProxies: ['127.0.0.0/8'], tlsCert: null, tlsKey: null },
    ...output,
    authenticate: async () => {
      throw new Error('the collection doors take no token of their own')
    },
    newRequestId: () => `call-${++calls}`,
  })
  await app.register(collectionDoors, {
    collect: collected.collect,
    count: () => {},
    findSource: async (key) => sources(settings).get(key) ?? null,
    hasEventsRead: async ({ token }) => token === READER_TOKEN,
    now: () => NOW,
    elapsed: () => performance.now(),
    publicUrl: null,
    mostBytesInFlight: 64 * 1024 * 1024,
    ...change.parts,
  })
  return { app, collected, output }
}

function sources(settings: SourceSettings): ReadonlyMap<string, FoundSource> {
  return new Map([
    [KEY, { workspaceId: 'w', sourceId: 's-client', trust: 'client', settings }],
    [SERVER_KEY, { workspaceId: 'w', sourceId: 's-server', trust: 'server', settings }],
  ])
}

export const basic = (key: string) => `Basic ${Buffer.from(`${key}:`).toString('base64')}`
