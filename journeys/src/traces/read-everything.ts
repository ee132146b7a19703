import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'

/** A place and all the text that stands there. */
export type Place = { readonly where: string; readonly text: string }

/** Every row of every table as PostgreSQL prints it: bytea as hex, so that unsealed bytes show too. */
export async function tablesOf(databaseUrl: string): Promise<readonly Place[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const tables = await client.query<{ name: string }>(
      "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema') order by 1",
    )
    const places: Place[] = []
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`)
      places.push({ where: `table ${name}`, text: rows.map(({ row }) => row).join('\n') })
    }
    return places
  } finally {
    await client.end()
  }
}

/** Every file under a folder, byte for byte: tables, write-ahead log, statistics, journal, keys. */
export async function filesUnder(folder: string): Promise<readonly Place[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(files.map(async (where) => ({ where, text: await readFile(where, 'latin1') })))
}
