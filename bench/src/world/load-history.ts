import type pg from 'pg'
import { firstRefuser } from './population.ts'
import type { WorldSize } from './world-size.ts'

export type HistoryToLoad = {
  readonly pool: pg.Pool
  readonly workspaceId: string
  readonly size: WorldSize
}

/** What a sealed event of the past weighs. Ingest never reads it; a tenth of the time of loading is enough. */
const PAST_SEALED_BYTES = 300

/** Events, message ids and suppressions, made by the database itself. */
export async function loadHistory(loading: HistoryToLoad): Promise<void> {
  await loadSuppressions(loading)
  await loadMessages(loading)
  await loadEvents(loading)
  const { pool } = loading
  await pool.query('analyze')
  await pool.query('checkpoint')
}

/** Everybody who has said no with all their identifiers, and strangers until there are enough. */
async function loadSuppressions({ pool, workspaceId, size }: HistoryToLoad): Promise<void> {
  await pool.query('alter table suppression disable trigger all')
  await pool.query(
    `insert into suppression (workspace_id, digest, scope, cause, digest_version, from_seq, from_at)
     select $1, d.digest, $1, d.subject_id, 1, nextval('fact_seq'), now() - interval '10 days'
     from (select user_digest as digest, subject_id from bench_person where number >= $2 and user_digest is not null
           union all select device_digest, subject_id from bench_person where number >= $2) d`,
    [workspaceId, firstRefuser(size.people)],
  )
  await pool.query(
    `insert into suppression (workspace_id, digest, scope, cause, digest_version, from_seq, from_at)
     select $1, substr(sha256(convert_to('stranger ' || g, 'utf8')), 1, 16), $1, md5((g / 2)::text)::uuid, 1,
            nextval('fact_seq'), now() - interval '10 days'
     from generate_series(1, $2::integer) g order by 2`,
    [workspaceId, Math.round(size.suppressions - (size.people - firstRefuser(size.people)) * 1.5)],
  )
  await pool.query(
    `insert into suppression_cause (workspace_id, cause, kind, scope, subject_id, actor, from_seq, from_at)
     select $1, cause, 'opt-out-event', $1, (array_agg(p.subject_id))[1], 'bench', min(from_seq), min(from_at)
     from suppression s left join bench_person p on p.subject_id = s.cause group by cause`,
    [workspaceId],
  )
  await pool.query('alter table suppression enable trigger all')
}

/** Half in the table that is written, half in the one before. */
async function loadMessages({ pool, size }: HistoryToLoad): Promise<void> {
  for (const turn of [0, 1])
    await pool.query(
      `insert into message_seen (turn, digest)
       select $1::smallint, md5($1 || ' message ' || g)::uuid
       from generate_series(1, $2::integer) g order by 2`,
      [turn, size.messages / 2],
    )
}

const EVENTS_PER_STATEMENT = 1_000_000

/** Ids rise with time over the last nineteen days, as they do; people come in no order. Indexes are made afterwards. */
async function loadEvents({ pool, workspaceId, size }: HistoryToLoad): Promise<void> {
  const indexes = await dropIndexes(pool)
  await pool.query('create unique index if not exists bench_person_number on bench_person (number)')
  for (let first = 0; first < size.events; first += EVENTS_PER_STATEMENT) {
    const last = Math.min(size.events, first + EVENTS_PER_STATEMENT)
    await pool.query(
      `insert into event (workspace_id, id, seq, subject_id, key_id, source_id, type, name, event_at, received_at, sealed)
       select $1, (lpad(to_hex(t.ms), 12, '0') || '7' || substr(t.noise, 1, 3) || '8' || substr(t.noise, 4, 15))::uuid,
              nextval('fact_seq'), p.subject_id, p.key_id, s.source_id, 'track', 'Event ' || (g % 50),
              to_timestamp(t.ms / 1000.0), to_timestamp(t.ms / 1000.0), $5::bytea
       from generate_series($2::integer, $3::integer - 1) g
       cross join lateral (select (extract(epoch from now()) * 1000 - 19 * 86400000.0 * (1 - g / $4::float8))::bigint as ms,
                                  md5(g::text) as noise) t
       join bench_person p on p.number = ((g::bigint * 7919) % $6::integer)
       cross join (select source_id from source where workspace_id = $1 limit 1) s
       order by g`,
      [workspaceId, first, last, size.events, Buffer.alloc(PAST_SEALED_BYTES, 1), size.people],
    )
  }
  for (const definition of indexes) await pool.query(definition)
}

/** Those that are not keys, of the partitioned table; answers how to make them again. */
async function dropIndexes(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string; definition: string }>(
    `select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
     from pg_index i where i.indrelid = 'event'::regclass and not i.indisunique`,
  )
  for (const { name } of rows) await pool.query(`drop index ${name}`)
  return rows.map(({ definition }) => definition.replace(' ON ONLY ', ' ON '))
}
