import type pg from 'pg'
import { WRAPPED_KEY_TABLES } from '../keys/rotation.store.ts'

type KeyTable = (typeof WRAPPED_KEY_TABLES)[number]

/** Rows a statement; a page holds about 55. */
const ROWS = 200

/**
 * Overwrites what deleted keys have left in their tables' pages. A vacuum gives the space free and leaves the bytes in it (of
 * 4,200 destroyed keys 45 could still be read), and rewriting the table would keep ingest out for as long as it takes. So the
 * free space is filled with rows that never commit, until the table has to grow: rows of a key table are all of one length,
 * so each lies exactly over one that was there.
 */
export async function overwriteFreedKeys(client: pg.ClientBase): Promise<void> {
  for (const table of WRAPPED_KEY_TABLES) {
    await client.query(`vacuum ${table}`)
    await fill(client, table)
  }
}

async function fill(client: pg.ClientBase, table: KeyTable): Promise<void> {
  await client.query('begin')
  const before = await pagesOf(client, table)
  let filled = 0
  do {
    const { rowCount } = await client.query(FILLERS[table], [ROWS])
    filled = rowCount ?? 0
  } while (filled > 0 && (await pagesOf(client, table)) === before)
  await client.query('rollback')
}

async function pagesOf(client: pg.ClientBase, table: KeyTable): Promise<string> {
  const { rows } = await client.query<{ size: string }>('select pg_relation_size($1::regclass) as size', [
    table,
  ])
  return rows[0]?.size ?? '0'
}

const NOTHING = "decode(repeat('00', 61), 'hex')"
const ANY_KEK = '(select workspace_id, kek_version from kek limit 1) k, generate_series(1, $1)'
const ANY_REQUEST = `(select r.workspace_id, r.request_id, k.kek_version from request r join kek k using (workspace_id) limit 1) k,
  generate_series(1, $1)`

const FILLERS: Readonly<Record<KeyTable, string>> = {
  subject_key: `insert into subject_key (workspace_id, key_id, subject_id, kek_version, wrapped, created_at)
    select k.workspace_id, gen_random_uuid(), gen_random_uuid(), k.kek_version, ${NOTHING}, now() from ${ANY_KEK}`,
  escrowed_key: `insert into escrowed_key (workspace_id, key_id, subject_id, request_id, kek_version, wrapped, destroy_after, created_at)
    select k.workspace_id, gen_random_uuid(), gen_random_uuid(), k.request_id, k.kek_version, ${NOTHING}, now(), now() from ${ANY_REQUEST}`,
  request_key: `with request as (
      insert into request (workspace_id, request_id, type, status, actor, identifier_count, created_at, due_at)
      select k.workspace_id, gen_random_uuid(), 'erase', 'cancelled', 'system', 0, now(), now() from ${ANY_KEK}
      returning workspace_id, request_id)
    insert into request_key (workspace_id, request_id, kek_version, wrapped, destroy_after, created_at)
    select r.workspace_id, r.request_id, k.kek_version, ${NOTHING}, now(), now()
    from request r join (select workspace_id, kek_version from kek limit 1) k using (workspace_id)`,
}
