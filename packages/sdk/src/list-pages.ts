import type { Call, Transport } from './transport.ts'

export type Page<Item> = { readonly data: readonly Item[]; readonly nextCursor: string | null }

/** A list of the server. Iterating asks for one page after the other; nothing is asked before. */
export type Listing<Item> = AsyncIterable<Page<Item>> & {
  readonly firstPage: () => Promise<Page<Item>>
  /** Every item of every page. */
  readonly items: () => AsyncIterable<Item>
}

type Query = NonNullable<Call['query']>

/** `path` answers pages; `query` is repeated with each cursor. */
export function listPages<Item>(transport: Transport, path: string, query: Query): Listing<Item> {
  const ask = (cursor: string | null): Promise<Page<Item>> =>
    transport.json({ method: 'GET', path, query: cursor === null ? query : { ...query, cursor } })

  async function* pages(): AsyncGenerator<Page<Item>> {
    let cursor: string | null = null
    do {
      const page: Page<Item> = await ask(cursor)
      yield page
      // Something that is no Heed may leave it out: that must end, too.
      cursor = page.nextCursor ?? null
    } while (cursor !== null)
  }

  return {
    [Symbol.asyncIterator]: pages,
    firstPage: () => ask(null),
    async *items() {
      for await (const page of pages()) yield* page.data
    },
  }
}
