import { expect, test } from 'vitest'
import { testDatabase } from '../testing/test-database.ts'
import type { Column } from './columns.ts'
import { TABLES } from './tables.ts'

const db = await testDatabase({ truncates: false })

test('describes every table and column of a migrated database, and no other', async () => {
  expect(describedColumns()).toEqual(await actualColumns())
})

test('reads every family of values as the type it promises', async () => {
  const { rows } = await db.pool.query(
    `select 1::int8 as big, 1.50::numeric as exact, now() as at, true as yes, '\\x00'::bytea as raw,
            gen_random_uuid() as id, array[gen_random_uuid()] as ids, '{"a": 1}'::jsonb as json, 7::int2 as small`,
  )
  expect(rows[0]).toEqual({
    big: '1',
    exact: '1.50',
    at: expect.any(Date),
    yes: true,
    raw: Buffer.from([0]),
    id: expect.any(String),
    ids: [expect.any(String)],
    json: { a: 1 },
    small: 7,
  })
})

test('lets Kysely insert and read a row', async () => {
  const workspace_id = '01890000-0000-7000-8000-000000000000'
  const created_at = new Date('2026-01-01T00:00:00Z')
  await db.kysely.insertInto('workspace').values({ workspace_id, name: 'shop', created_at }).execute()
  const found = await db.kysely.selectFrom('workspace').selectAll().executeTakeFirstOrThrow()
  expect(found).toEqual({ workspace_id, name: 'shop', created_at })
})

function describedColumns() {
  const tables = Object.entries<Readonly<Record<string, Column>>>(TABLES)
  return tables
    .flatMap(([table, columns]) =>
      Object.entries(columns).map(([name, column]) => describe(table, name, column)),
    )
    .sort()
}

function describe(table: string, name: string, { family, isNullable, filledBy }: Column) {
  return `${table}.${name}: ${family}${isNullable ? ' null' : ''} by ${filledBy}`
}

async function actualColumns() {
  const { rows } = await db.pool.query<{ line: string }>(`
    select format('%s.%s: %s%s by %s', c.table_name, c.column_name, ${FAMILY},
      case c.is_nullable when 'YES' then ' null' else '' end,
      case when c.is_identity = 'YES' or c.is_generated = 'ALWAYS' then 'database'
           when c.column_default is not null then 'default' else 'writer' end) as line
    from information_schema.columns c
    join pg_class k on k.relname = c.table_name and k.relnamespace = 'public'::regnamespace
    where c.table_schema = 'public' and k.relkind in ('r', 'p') and not k.relispartition`)
  return rows.map(({ line }) => line).sort()
}

const FAMILY = `
  case c.udt_name when 'int2' then 'smallint' when 'int4' then 'integer' when 'int8' then 'bigint' when 'bool' then 'boolean'
    when '_uuid' then 'uuid[]' when '_text' then 'text[]' when '_bytea' then 'bytea[]' else c.udt_name end`
