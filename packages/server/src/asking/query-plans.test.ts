import { randomBytes } from 'node:crypto'
import { newUuid } from '@heed/core'
import type pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { previewedRowsIn } from '../erasure/previewed-rows.store.ts'
import { restrictionsIn } from '../restrictions/restrictions.store.ts'
import { monthOf } from '../store/event-partitions.ts'
import { testDatabase } from '../testing/test-database.ts'
import { causesIn } from './causes.store.ts'
import { dropsIn } from './drops.store.ts'
import { eventsIn } from './events.store.ts'
import { NEWEST } from './list-cursor.ts'
import { subjectViewsIn } from './subject-views.store.ts'

const EVENTS = 120_000
const db = await testDatabase({ truncates: false })
const uuid = () => newUuid(Date.now(), randomBytes)
const WORKSPACE = uuid()
const SOMEBODY = uuid()
const DIGEST = randomBytes(16)
const ANY = { subjects: null, names: null, type: null, sourceId: null, from: null, until: null }

beforeAll(async () => {
  await db.pool.query(`insert into workspace values ($1, 'shop', now())`, [WORKSPACE])
  const others = Array.from({ length: 20_000 }, uuid)
  const owners = Array.from({ length: EVENTS }, (_event, at) =>
    at % 1000 === 0 ? SOMEBODY : others[at % others.length],
  )
  await db.pool.query(
    `insert into subject (workspace_id, subject_id, created_at) select $1, unnest($2::uuid[]), now()`,
    [WORKSPACE, [SOMEBODY, ...others]],
  )
  await db.pool.query(
    `insert into event (workspace_id, id, seq, subject_id, key_id, source_id, type, name, event_at, received_at, sealed)
     select $1, e.id, nextval('fact_seq'), e.subject_id, e.subject_id, $1, 'track',
            case when e.at % 500 = 0 then 'cooladata_opt_out' else 'Viewed ' || e.at % 20 end,
            now() - e.at * interval '1 minute', now(), sha256(e.id::text::bytea)
     from unnest($2::uuid[], $3::uuid[]) with ordinality as e(id, subject_id, at)`,
    [WORKSPACE, Array.from({ length: EVENTS }, uuid), owners],
  )
  await db.pool.query(
    `insert into identifier (workspace_id, digest, digest_version, kind, subject_id, provenance, seq, created_at)
     select $1, substr(sha256(n::text::bytea), 1, 16), 1, 'userId', ($2::uuid[])[1 + n % 20000], 'client', n, now()
     from generate_series(1, 120000) as n`,
    [WORKSPACE, others],
  )
  await db.pool.query(
    `insert into suppression_cause (workspace_id, cause, kind, scope, subject_id, actor, from_seq, from_at)
     select $1, md5(n::text)::uuid, 'opt-out-event', $1, ($2::uuid[])[1 + n % 20000], 'system', n, now() from generate_series(1, 20000) as n`,
    [WORKSPACE, others],
  )
  await db.pool.query(
    `insert into suppression (workspace_id, digest, scope, cause, digest_version, from_seq, from_at)
     select workspace_id, substr(sha256(from_seq::text::bytea), 1, 16), scope, cause, 1, from_seq, from_at from suppression_cause`,
  )
  await db.pool.query(
    `insert into drop_digest (workspace_id, digest, hour, dropped)
     select workspace_id, digest, date_trunc('hour', now()), 1 from suppression`,
  )
  await db.pool.query('analyze')
}, 120_000)

/** The plan of the one statement that `ask` sends, with the values it sends. */
async function planOf(ask: (db: Pick<pg.Pool, 'query'>) => Promise<unknown>): Promise<string> {
  const plans: string[] = []
  const explaining = {
    async query(text: string, values: unknown[]) {
      const { rows } = await db.pool.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values)
      plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'))
      return { rows: [] }
    },
  } as unknown as Pick<pg.Pool, 'query'>
  await ask(explaining)
  expect(plans).toHaveLength(1)
  return plans[0]!
}

const events = (filter: Partial<Parameters<ReturnType<typeof eventsIn>['page']>[0]['filter']>) =>
  planOf((db) =>
    eventsIn(db).page({ workspaceId: WORKSPACE, filter: { ...ANY, ...filter }, after: NEWEST, size: 1000 }),
  )

/** Tables and partitions without rows are scanned, and rightly. */
const BIG_TABLES = [
  monthOf(new Date()).partition,
  'identifier',
  'suppression',
  'suppression_cause',
  'subject',
  'drop_digest',
]
const SCANS_A_BIG_TABLE = new RegExp(`Seq Scan on (${BIG_TABLES.join('|')})[ \\n]`)

test.each([
  ['the whole list', {}, /_workspace_id_seq_idx/],
  ['the list of a few weeks', { from: new Date(Date.now() - 20 * 86_400_000) }, /_workspace_id_seq_idx/],
  ['a rare name', { names: ['cooladata_opt_out'] }, /_workspace_id_name_seq_idx/],
  ['two names', { names: ['cooladata_opt_out', 'Viewed 1'] }, /_workspace_id_name_seq_idx/],
  ['one person', { subjects: [SOMEBODY] }, /_workspace_id_subject_id_seq_idx/],
  ['the parts of one person', { subjects: [SOMEBODY, uuid(), uuid()] }, /_workspace_id_subject_id_seq_idx/],
])('reads %s along an index', async (_what, filter, index) => {
  const plan = await events(filter)
  expect(plan).toMatch(index)
  expect(plan).not.toMatch(SCANS_A_BIG_TABLE)
})

test.each([
  ['whom an identifier leads to', (db) => subjectViewsIn(db).found(WORKSPACE, [DIGEST])],
  ['the identifiers of a person', (db) => subjectViewsIn(db).identifiers(WORKSPACE, [SOMEBODY])],
  ['when a person was seen', (db) => eventsIn(db).seen(WORKSPACE, [SOMEBODY])],
  ['the user ids of a page', (db) => subjectViewsIn(db).userIds(WORKSPACE, [SOMEBODY])],
  [
    'what covers a person',
    (db) => causesIn(db).covering(WORKSPACE, { digests: [DIGEST], subjects: [SOMEBODY] }),
  ],
  ['a page of suppressions', (db) => causesIn(db).page(WORKSPACE, NEWEST, 50)],
  [
    'who of a page is restricted',
    (db) => restrictionsIn(db, WORKSPACE).among([SOMEBODY, ...Array.from({ length: 999 }, uuid)]),
  ],
  [
    'what an erase would meet',
    (db) => previewedRowsIn(db, WORKSPACE).count({ fragments: [SOMEBODY], digests: [DIGEST] }),
  ],
  [
    'who shares an identifier',
    (db) => previewedRowsIn(db, WORKSPACE).sharers({ fragments: [SOMEBODY], digests: [DIGEST] }),
  ],
  ['what was dropped of a person', (db) => dropsIn(db).countFor(WORKSPACE, [DIGEST], [SOMEBODY])],
] satisfies [string, (db: Pick<pg.Pool, 'query'>) => Promise<unknown>][])(
  'finds %s by index',
  async (_what, ask) => {
    expect(await planOf(ask)).not.toMatch(SCANS_A_BIG_TABLE)
  },
)
