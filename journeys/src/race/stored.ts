import type pg from 'pg'
import type { Heed } from '../boot/boot-heed.ts'

/** What is there after a run: read through the API for the contents, from the tables for what no door tells. */
export type Stored = {
  /** How often each message is there, by the id the test gave it. */
  readonly copies: ReadonlyMap<string, number>
  /** Events whose content nobody can open. */
  readonly unopened: number
  /** Message ids in the database's own order. */
  readonly inOrder: readonly string[]
}

export async function readStored(heed: Heed, database: pg.Pool): Promise<Stored> {
  const events = await heed.events()
  const idOf = new Map(events.map(({ id, content }) => [id, content === null ? null : messageOf(content)]))
  const named = [...idOf.values()].filter((id) => id !== null)
  const copies = new Map<string, number>()
  for (const id of named) copies.set(id, (copies.get(id) ?? 0) + 1)
  const { rows } = await database.query<{ id: string }>('select id from event order by seq')
  const inOrder = rows.flatMap(({ id }) => idOf.get(`evt_${id}`) ?? [])
  return { copies, unopened: rows.length - inOrder.length, inOrder }
}

/** Segment's message id, or the property that Cooladata's events carry instead. */
function messageOf(content: Readonly<Record<string, unknown>>): string | null {
  if (typeof content.messageId === 'string') return content.messageId
  const { properties } = content
  const isNamed = typeof properties === 'object' && properties !== null && 'race_id' in properties
  return isNamed ? String(properties.race_id) : null
}

const ROOTS = `
with recursive chain(fragment, id) as (
  select subject_id, subject_id from subject
  union all
  select c.fragment, a.root from chain c join subject_alias a on a.absorbed = c.id
),
root as (
  select fragment, id as root from chain c where not exists (select from subject_alias a where a.absorbed = c.id)
)`

/**
 * Events that have a greater place in the database's order than a "no" of their person that stood: of any identifier that
 * is the person's now, and not lifted before the event. By whose "no" it was, since a shared device carries another's.
 */
export async function countAfterNo(database: pg.Pool): Promise<number> {
  return count(
    database,
    `${ROOTS}
     select count(distinct e.id) from event e
     join root r on r.fragment = e.subject_id
     join suppression_cause c on c.until_seq is null or c.until_seq > e.seq
     join root cr on cr.fragment = c.subject_id and cr.root = r.root
     where c.workspace_id = e.workspace_id and c.scope in (e.workspace_id, e.source_id) and c.from_seq < e.seq`,
  )
}

/** The same by digest, for a cause that knew nobody yet: whoever owns the identifier now. */
export async function countAfterNamelessNo(database: pg.Pool): Promise<number> {
  return count(
    database,
    `${ROOTS}
     select count(distinct e.id) from event e
     join root r on r.fragment = e.subject_id
     join root f on f.root = r.root
     join identifier i on i.workspace_id = e.workspace_id and i.subject_id = f.fragment
     join suppression x on x.workspace_id = e.workspace_id and x.digest = i.digest
     join suppression_cause c on c.workspace_id = x.workspace_id and c.cause = x.cause and c.subject_id is null
     where x.scope in (e.workspace_id, e.source_id) and x.from_seq < e.seq
       and (x.until_seq is null or x.until_seq > e.seq)`,
  )
}

/** Events and persons that no identifier leads to, and events without the key they were sealed under. */
export async function countUnreachable(database: pg.Pool): Promise<number> {
  return count(
    database,
    `${ROOTS},
     reached as (select distinct r.root from identifier i join root r on r.fragment = i.subject_id)
     select (select count(*) from event e
             left join root r on r.fragment = e.subject_id
             left join reached on reached.root = r.root
             left join subject_key k on k.workspace_id = e.workspace_id and k.key_id = e.key_id and k.subject_id = e.subject_id
             where reached.root is null or k.key_id is null)
          + (select count(*) from root left join reached using (root) where reached.root is null) as count`,
  )
}

/** What the product itself counted as refused, by reason. */
export async function countDrops(database: pg.Pool): Promise<ReadonlyMap<string, number>> {
  const { rows } = await database.query<{ reason: string; count: string }>(
    `select reason, sum(dropped) as count from (
       select reason, dropped from drop_hour
       union all select reason, 1 from drop_batch, unnest(reasons) as reason) as every
     group by reason`,
  )
  return new Map(rows.map(({ reason, count: dropped }) => [reason, Number(dropped)]))
}

async function count(database: pg.Pool, query: string): Promise<number> {
  const { rows } = await database.query<{ count: string }>(query)
  return Number(rows[0]?.count)
}
