import type { FastifyRequest } from 'fastify'
import type { CollectionSource, ItemVerdict } from '../../collection/collected-item.ts'
import type { CallFacts, ParsedItem } from '../../collection/parse/parsed-item.ts'
import type { CollectionParts, FoundSource } from './collection-parts.ts'

/** When a call had been read, by both clocks. */
export type Arrival = { readonly arrivedAt: number; readonly receivedAt: Date }

export function arrivalOf({ elapsed, now }: CollectionParts): Arrival {
  return { arrivedAt: elapsed(), receivedAt: now() }
}

export type ParsedCall = {
  readonly source: FoundSource
  readonly parsed: readonly ParsedItem[]
  readonly arrivedAt: number
  /** A browser made the call, or an image in a page. */
  readonly isPublic: boolean
}

/** Hands on what could be parsed; answers a verdict for each item of the call, in order. */
export async function collectParsed(
  { collect, count }: CollectionParts,
  { source, parsed, arrivedAt, isPublic }: ParsedCall,
): Promise<readonly ItemVerdict[]> {
  const items = parsed.flatMap((part) => (part.kind === 'collected' ? [part.item] : []))
  const settled =
    items.length === 0 ? [] : await collect({ source: trusted(source, isPublic), items, arrivedAt })
  const inOrder = settled.values()
  const verdicts = parsed.map((part) => (part.kind === 'rejected' ? part : nextOf(inOrder)))
  count(verdicts)
  return verdicts
}

/** What anybody can see in a page is nobody's secret, whatever the source says of its key. */
function trusted(
  { workspaceId, sourceId, trust, settings }: FoundSource,
  isPublic: boolean,
): CollectionSource {
  return {
    workspaceId,
    sourceId,
    trust: isPublic ? 'client' : trust,
    maySuppress: settings.maySuppress,
    mayLinkUserIds: settings.mayLinkUserIds,
  }
}

function nextOf(verdicts: Iterator<ItemVerdict>): ItemVerdict {
  const { value, done } = verdicts.next()
  if (done === true) throw new Error('collect answered fewer verdicts than it was given items')
  return value
}

/** What is true of every item of this call. */
export function factsOf(
  call: FastifyRequest,
  about: Pick<CallFacts, 'settings' | 'receivedAt' | 'isFromDevice' | 'isRecorded'>,
): CallFacts {
  return { ...about, address: call.ip }
}

export function hasOrigin(call: FastifyRequest): boolean {
  return call.headers.origin !== undefined
}
