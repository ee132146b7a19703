import type pg from 'pg'
import { expect, test } from 'vitest'
import { testDatabase } from '../testing/test-database.ts'
import { requireSupportedServer } from './require-supported-server.ts'

const db = await testDatabase()

async function show(pool: pg.Pool, ...names: readonly string[]) {
  const { rows } = await pool.query(
    'select name, setting from unnest($1::text[]) name, current_setting(name) setting',
    [names],
  )
  return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))
}

test('keeps ingest from holding the gate for long and from hashing whole tables', async () => {
  const names = [
    'idle_in_transaction_session_timeout',
    'statement_timeout',
    'enable_hashjoin',
    'enable_mergejoin',
  ]
  expect(await show(db.ingestPool, ...names, 'enable_seqscan', 'jit')).toEqual({
    idle_in_transaction_session_timeout: '2s',
    statement_timeout: '10s',
    enable_hashjoin: 'off',
    enable_mergejoin: 'off',
    enable_seqscan: 'off',
    jit: 'off',
  })
})

test('lets whoever changes a "no" wait five seconds for the gate and work a minute, and ordinary work as long as it takes', async () => {
  expect(await show(db.gatePool, 'lock_timeout', 'statement_timeout')).toEqual({
    lock_timeout: '5s',
    statement_timeout: '1min',
  })
  expect(await show(db.pool, 'lock_timeout', 'statement_timeout')).toEqual({
    lock_timeout: '0',
    statement_timeout: '0',
  })
})

test('does not inherit the isolation an operator has set for the database', async () => {
  const { rows } = await db.pool.query('select current_database() as name')
  await db.pool.query(`alter database ${rows[0].name} set default_transaction_isolation = 'serializable'`)
  expect(await show(db.gatePool, 'default_transaction_isolation')).toEqual({
    default_transaction_isolation: 'read committed',
  })
})

test('survives the end of an idle connection', async () => {
  const { rows } = await db.ingestPool.query('select pg_backend_pid() as pid')
  await db.pool.query('select pg_terminate_backend($1)', [rows[0].pid])
  await expect
    .poll(() =>
      db.ingestPool.query('select 1 as one').then(
        (r) => r.rows,
        () => null,
      ),
    )
    .toEqual([{ one: 1 }])
})

test('accepts the server the tests run on', async () => {
  await expect(requireSupportedServer(db.ingestPool)).resolves.toBeUndefined()
})

test('refuses a pooler that lends one session to two clients', async () => {
  const session = await db.pool.connect()
  const lent = { query: session.query.bind(session), release() {} }
  const pooler = { connect: async () => lent } as unknown as pg.Pool
  await expect(requireSupportedServer(pooler)).rejects.toThrow('a pooler in transaction mode')
  session.release()
})

test('refuses a server older than PostgreSQL 15, and a standby', async () => {
  await expect(requireSupportedServer(serverThatSays({ number: 140_020, version: '14.20' }))).rejects.toThrow(
    'leads to PostgreSQL 14.20; Heed needs PostgreSQL 15 or newer',
  )
  await expect(requireSupportedServer(serverThatSays({ number: 160_000, standby: true }))).rejects.toThrow(
    'standby',
  )
})

/** Stands in for servers this machine does not have. */
function serverThatSays(row: object) {
  return {
    connect: async () => ({ query: async () => ({ rows: [row] }), release() {} }),
  } as unknown as pg.Pool
}
