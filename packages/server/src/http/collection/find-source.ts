import { Problem } from '@heed/protocol'
import type { CollectionParts, FoundSource } from './collection-parts.ts'

/** The source of a write key. Throws `Problem('unknown-write-key')`, also for none. */
export async function sourceOf(parts: CollectionParts, writeKey: string | null): Promise<FoundSource> {
  const source = writeKey === null ? null : await parts.findSource(writeKey)
  if (source !== null) return source
  throw new Problem(
    'unknown-write-key',
    'Send a write key of an enabled source, as Basic user name or in the body.',
  )
}
