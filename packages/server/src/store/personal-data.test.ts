import { expect, test } from 'vitest'
import { testDatabase } from '../testing/test-database.ts'
import { PERSONAL_DATA } from './personal-data.ts'

const db = await testDatabase()

type Column = { readonly table: string; readonly name: string }

/** Partitions are their parent's business. */
async function columns(): Promise<readonly Column[]> {
  const { rows } = await db.pool.query<Column>(
    `select c.relname as table, a.attname as name
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`,
  )
  return rows
}

test('every table of the database says whether it holds personal data, and no other is listed', async () => {
  const tables = new Set((await columns()).map(({ table }) => table))
  expect(Object.keys(PERSONAL_DATA).toSorted()).toEqual([...tables].toSorted())
})

test('every column that leads to a person, or is sealed under their key, is there, and no sealed column is missing', async () => {
  const known = (await columns()).map(({ table, name }) => `${table}.${name}`)
  const sealed: string[] = []
  for (const [table, entry] of Object.entries(PERSONAL_DATA)) {
    if (entry.kind === 'impersonal') continue
    expect(known).toContain(`${table}.${entry.reachedBy.column}`)
    sealed.push(...entry.sealed.map((name) => `${table}.${name}`))
  }
  expect(sealed.toSorted()).toEqual(known.filter((column) => column.endsWith('.sealed')).toSorted())
})

test('a table that names a subject is listed as personal', async () => {
  const naming = (await columns()).filter(({ name }) => name === 'subject_id').map(({ table }) => table)
  expect(naming.filter((table) => PERSONAL_DATA[table]?.kind !== 'personal')).toEqual([])
})
