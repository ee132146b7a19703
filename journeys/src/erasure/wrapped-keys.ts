import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import pg from 'pg'
import type { Place } from '../traces/read-everything.ts'

/** The embedded database of a data folder, looked at from outside. */
export async function lookInside<Row extends object>(
  dataDir: string,
  statement: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const host = join(dataDir, 'postgres', 'socket')
  const client = new pg.Client({ host, database: 'heed', user: 'heed' })
  await client.connect()
  try {
    return (await client.query<Row>(statement, [...values])).rows
  } finally {
    await client.end()
  }
}

/** The keys that open what is stored of a person, as they lie in the database: whoever has the master key can use them. */
export async function wrappedKeysOf(dataDir: string, subjectId: string): Promise<readonly string[]> {
  const rows = await lookInside<{ wrapped: Buffer }>(
    dataDir,
    'select wrapped from subject_key where subject_id = $1::uuid',
    [subjectId.replace('sub_', '')],
  )
  return rows.map(({ wrapped }) => wrapped.toString('latin1'))
}

/** A backup without its compression. */
export async function backupAsText(file: string): Promise<Place> {
  return { where: file, text: gunzipSync(await readFile(file)).toString('latin1') }
}

/** Places in which one of these keys lies: as bytes, or in an encoding that a dump or a log could have. */
export function placesWithKeys(places: readonly Place[], keys: readonly string[]): readonly string[] {
  const spellings = keys.flatMap((key) => {
    const bytes = Buffer.from(key, 'latin1')
    return [key, bytes.toString('hex'), bytes.toString('base64'), bytes.toString('base64url')]
  })
  return places
    .filter(({ text }) => spellings.some((spelling) => text.includes(spelling)))
    .map(({ where }) => where)
}
