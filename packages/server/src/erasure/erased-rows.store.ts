import type { Transaction } from '../store/transaction.ts'
import type { RowCounts } from '../work/tasks.store.ts'
import { ERASED_TABLES, type ErasedTable } from './erased-tables.ts'

/** Whom a scrub and its survivor check look for. The ids name nobody once the keys are gone. */
export type ErasedPerson = {
  readonly workspaceId: string
  readonly fragments: readonly string[]
  readonly keyIds: readonly string[]
}

/** The rows of an erased person that are still theirs. */
export function erasedRowsIn(client: Transaction, person: ErasedPerson) {
  const { workspaceId, fragments, keyIds } = person
  return {
    /** How many there are, by table; tables without any are left out. */
    async count(): Promise<RowCounts> {
      const { rows } = await client.query<{ name: string; rows: string }>(COUNT, [
        workspaceId,
        fragments,
        keyIds,
      ])
      return Object.fromEntries(rows.map((row) => [row.name, Number(row.rows)]))
    },

    /**
     * Scrubs at most `limit` rows, table after table, and answers how many in which. Rows are taken by their place in the
     * table, which spares a look into an index for each. The condition stands again outside: a row that somebody else has
     * emptied meanwhile is not counted.
     */
    async scrub(limit: number): Promise<RowCounts> {
      const places = await placesIn(client)
      const done: Record<string, number> = {}
      let left = limit
      for (const table of ERASED_TABLES)
        for (const place of places.get(table.name) ?? []) {
          if (left === 0) return done
          const scrubbed = await scrubPlace(client, { place, table, person, limit: left })
          if (scrubbed > 0) done[table.name] = (done[table.name] ?? 0) + scrubbed
          left -= scrubbed
        }
      return done
    },
  }
}

const COUNT = ERASED_TABLES.map(
  ({ name, isLeft }) =>
    `select '${name}' as name, count(*) as rows from ${name} where ${isLeft('$3')} having count(*) > 0`,
).join(' union all ')

/** Each table's partitions, or the table itself. */
async function placesIn(client: Transaction): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await client.query<{ name: string; places: string[] }>(
    `select name, array_agg(coalesce(i.inhrelid, name::regclass)::regclass::text order by i.inhrelid) as places
     from unnest($1::text[]) as name left join pg_inherits i on i.inhparent = name::regclass group by name`,
    [ERASED_TABLES.map(({ name }) => name)],
  )
  return new Map(rows.map(({ name, places }) => [name, places]))
}

type PlaceScrub = {
  readonly place: string
  readonly table: ErasedTable
  readonly person: ErasedPerson
  readonly limit: number
}

async function scrubPlace(client: Transaction, { place, table, person, limit }: PlaceScrub): Promise<number> {
  const { workspaceId, fragments, keyIds } = person
  const found = [workspaceId, fragments, limit, ...(table.isKeyed ? [keyIds] : [])]
  return (await client.query(scrubOf(place, table), found)).rowCount ?? 0
}

function scrubOf(place: string, { clears, isLeft }: ErasedTable): string {
  const verb =
    clears === null
      ? `delete from ${place}`
      : `update ${place} set ${clears.map((column) => `${column} = null`).join(', ')}`
  const isTheirs = isLeft('$4')
  return `${verb} where ctid = any(array(select ctid from ${place} where ${isTheirs} limit $3)) and ${isTheirs}`
}
