import { expect, test } from 'vitest'
import { testDatabase } from './test-database.ts'

const db = await testDatabase()

const addWorkspace = () =>
  db.pool.query(
    `insert into workspace (workspace_id, name, created_at) values (gen_random_uuid(), 'shop', now())`,
  )

for (const run of ['first', 'second']) {
  test(`begins every test with empty tables (${run})`, async () => {
    const { rows } = await db.pool.query('select count(*)::int as found from workspace')
    expect(rows).toEqual([{ found: 0 }])
    await addWorkspace()
  })
}

test('puts back what the migrations have written', async () => {
  await db.pool.query('delete from message_turn')
  await db.truncate()
  const { rows } = await db.pool.query('select turn from message_turn')
  expect(rows).toEqual([{ turn: 0 }])
})

test('keeps the record of migrations', async () => {
  const { rows } = await db.pool.query('select min(version) as first from heed_migration')
  expect(rows).toEqual([{ first: 1 }])
})
