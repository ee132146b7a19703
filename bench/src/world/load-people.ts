import { once } from 'node:events'
import { newUuid } from '@heed/core'
import { openDigestRing, openKeyStore, parseMasterKey } from '@heed/server'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { personAt } from './population.ts'
import type { WorldSize } from './world-size.ts'

export type PeopleToLoad = {
  readonly pool: pg.Pool
  readonly workspaceId: string
  readonly size: WorldSize
  readonly masterKey: string
  readonly random: (size: number) => Buffer
}

const LINES_PER_WRITE = 2_000
const DAY_MS = 86_400_000

/** Real people: their digests are the workspace's and their keys open, so that traffic that names them resolves. */
export async function loadPeople(loading: PeopleToLoad): Promise<void> {
  const { pool, size } = loading
  const client = await pool.connect()
  await client.query(
    `create unlogged table if not exists bench_person (
       number integer not null, subject_id uuid not null, key_id uuid not null, kek_version integer not null,
       wrapped bytea not null, user_digest bytea, device_digest bytea not null)`,
  )
  await client.query('truncate bench_person')
  const stream = client.query(copyFrom('copy bench_person from stdin'))
  const line = await lineWriter(loading)
  for (let first = 0; first < size.people; first += LINES_PER_WRITE) {
    const count = Math.min(LINES_PER_WRITE, size.people - first)
    const text = Array.from({ length: count }, (_, at) => line(first + at)).join('')
    if (!stream.write(text)) await once(stream, 'drain')
  }
  stream.end()
  await once(stream, 'finish')
  client.release()
  await spreadOut(loading)
}

async function lineWriter({ pool, workspaceId, size, masterKey, random }: PeopleToLoad) {
  const now = () => new Date()
  const master = parseMasterKey(masterKey, 'the key of the benchmark')
  const ring = await openDigestRing({ db: pool, masterKey: master, now, random }, workspaceId)
  const store = openKeyStore({
    connection: { connectionString: pool.options.connectionString },
    masterKey: master,
    now,
    random,
    onConnectionLost: () => undefined,
  })
  const keys = await store.load(workspaceId)
  await store.close()
  const start = Date.now() - 20 * DAY_MS
  return (number: number): string => {
    const { userId, anonymousId } = personAt(number)
    const at = start + Math.floor((number / size.people) * 19 * DAY_MS)
    const { row } = keys.mint({ keyId: newUuid(at, random), subjectId: newUuid(at, random) })
    const user = userId === null ? '\\N' : hex(ring.digest({ kind: 'userId', value: userId }))
    const device = hex(ring.digest({ kind: 'anonymousId', value: anonymousId }))
    return `${[number, row.subjectId, row.keyId, row.kekVersion, hex(row.wrapped), user, device].join('\t')}\n`
  }
}

function hex(bytes: Buffer): string {
  return `\\\\x${bytes.toString('hex')}`
}

async function spreadOut({ pool, workspaceId }: PeopleToLoad): Promise<void> {
  const statements = [
    `insert into subject (workspace_id, subject_id, has_user_id, created_at)
     select $1, subject_id, user_digest is not null, now() from bench_person`,
    `insert into subject_key (workspace_id, key_id, subject_id, kek_version, wrapped, created_at)
     select $1, key_id, subject_id, kek_version, wrapped, now() from bench_person`,
    `insert into identifier (workspace_id, digest, digest_version, kind, subject_id, sealed, key_id, provenance, seq, created_at)
     select $1, d.digest, 1, d.kind, d.subject_id, sha256(d.digest) || sha256(d.digest), d.key_id, 'client', nextval('fact_seq'), now()
     from (select user_digest as digest, 'userId' as kind, subject_id, key_id from bench_person where user_digest is not null
           union all select device_digest, 'anonymousId', subject_id, key_id from bench_person order by 1) d`,
    `insert into profile (workspace_id, subject_id, key_id, sealed, updated_at)
     select $1, subject_id, key_id, null, now() from bench_person where user_digest is not null`,
    `insert into subject_alias (workspace_id, absorbed, root, link_id, provenance, seq, created_at)
     select $1, visitor.subject_id, known.subject_id, gen_random_uuid(), 'client', nextval('fact_seq'), now()
     from bench_person visitor join bench_person known on known.number = visitor.number - 1
     where visitor.number % 100 = 1`,
  ]
  for (const statement of statements) await pool.query(statement, [workspaceId])
}
