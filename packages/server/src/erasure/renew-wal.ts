import type pg from 'pg'

/** 4 GB of 16 MB each: what the embedded server keeps at most, twice. */
const MOST_SWITCHES = 512

/**
 * Makes every file of the write-ahead log newer than this moment. Those before the checkpoint are taken away or laid ahead to
 * be written again, still with what was in them; so the log is switched on until it has gone through all that lie ahead,
 * each of which is filled to its end. Answers false when old files stay, because an archive or a replica still wants them.
 * Needs rights that only a superuser has by itself (SQLSTATE 42501).
 */
export async function renewWal(client: pg.ClientBase): Promise<boolean> {
  await switchWal(client)
  const first = await currentFile(client)
  await client.query('checkpoint')
  const { oldest, newest } = await filesOf(client)
  for (let switches = 0; (await currentFile(client)) <= newest; switches += 1) {
    if (switches === MOST_SWITCHES) return false
    await switchWal(client)
  }
  return oldest >= first
}

/** A file without a record in it would not be switched; a transaction id is the smallest of records. */
async function switchWal(client: pg.ClientBase): Promise<void> {
  await client.query('select pg_current_xact_id()')
  await client.query('select pg_switch_wal()')
  await client.query('select pg_current_xact_id()')
}

async function currentFile(client: pg.ClientBase): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    'select pg_walfile_name(pg_current_wal_insert_lsn()) as name',
  )
  return rows[0]?.name ?? ''
}

/** Names sort as the log goes on. */
async function filesOf(client: pg.ClientBase): Promise<{ readonly oldest: string; readonly newest: string }> {
  const { rows } = await client.query<{ oldest: string | null; newest: string | null }>(
    `select min(name) as oldest, max(name) as newest from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$'`,
  )
  return { oldest: rows[0]?.oldest ?? '', newest: rows[0]?.newest ?? '' }
}
