import { expect, test } from 'vitest'
import { testDatabase } from '../testing/test-database.ts'
import { inTransaction, type Transaction, wasRefused } from './transaction.ts'

const db = await testDatabase()

async function addTurns(client: Transaction, ...positions: readonly number[]) {
  for (const position of positions) {
    await client.query(
      `insert into journal_state (workspace_id, node_id, position) values (gen_random_uuid(), 'n', $1)`,
      [position],
    )
  }
}

const stored = async () => (await db.pool.query('select 1 from journal_state')).rowCount

test('commits what the work did and returns what it returned', async () => {
  expect(await inTransaction(db.pool, (client) => addTurns(client, 1, 2).then(() => 'done'))).toBe('done')
  expect(await stored()).toBe(2)
})

test('keeps nothing of work that throws, and leaves the connection clean', async () => {
  const work = async (client: Transaction) => {
    await addTurns(client, 1)
    throw new Error('no')
  }
  await expect(inTransaction(db.pool, work)).rejects.toThrow('no')
  expect(await stored()).toBe(0)
})

test('says read committed itself, whatever the session was told', async () => {
  await db.pool.query('select 1')
  const isolation = await inTransaction(db.pool, async (client) => {
    const { rows } = await client.query('show transaction_isolation')
    return rows[0].transaction_isolation
  })
  expect(isolation).toBe('read committed')
})

test('runs both of two transactions that deadlock', async () => {
  await db.pool.query(
    `insert into journal_state values (gen_random_uuid(), 'a', 0), (gen_random_uuid(), 'b', 0)`,
  )
  let attempts = 0
  const touch = (client: Transaction, node: string) =>
    client.query('update journal_state set position = position + 1 where node_id = $1', [node])
  const cross = (first: string, second: string, meet: () => Promise<void>) =>
    inTransaction(db.pool, async (client) => {
      attempts += 1
      await client.query(`set local deadlock_timeout = '50ms'`)
      await touch(client, first)
      await meet()
      await touch(client, second)
    })
  const meet = meetingOf(2)
  await Promise.all([cross('a', 'b', meet), cross('b', 'a', meet)])
  const { rows } = await db.pool.query('select node_id, position from journal_state order by 1')
  expect(rows).toEqual([
    { node_id: 'a', position: '2' },
    { node_id: 'b', position: '2' },
  ])
  expect(attempts).toBeGreaterThan(2)
})

test('says that the outcome is unknown when the connection breaks during the commit', async () => {
  const work = async (client: Transaction) => {
    await addTurns(client, 1)
    // A deferred trigger that ends its own session while COMMIT runs: what a server's crash looks like from here.
    await client.query(`
      create function pg_temp.vanish() returns trigger language plpgsql as
        $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
      create temp table bomb (id int);
      create constraint trigger vanish after insert on bomb deferrable initially deferred
        for each row execute function pg_temp.vanish();
      insert into bomb values (1)`)
  }
  await expect(inTransaction(db.pool, work)).rejects.toMatchObject({ code: 'unknown-outcome' })
  expect(await inTransaction(db.pool, async () => 'still usable')).toBe('still usable')
})

test('does not take the broken socket of a commit for a refusal by the server', () => {
  expect(wasRefused(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))).toBe(false)
  expect(wasRefused(new Error('Connection terminated unexpectedly'))).toBe(false)
})

test('passes on a constraint that is checked only at the commit: nothing was stored', async () => {
  await db.pool.query('create table late (id int primary key deferrable initially deferred)')
  const work = (client: Transaction) => client.query('insert into late values (1), (1)')
  await expect(inTransaction(db.pool, work)).rejects.toMatchObject({ code: '23505' })
})

test('does not call it done when the work has swallowed the error that ended its transaction', async () => {
  const work = async (client: Transaction) => {
    await addTurns(client, 1)
    await client.query('select 1 / 0').catch(() => {})
  }
  await expect(inTransaction(db.pool, work)).rejects.toThrow('had failed before its commit')
  expect(await stored()).toBe(0)
})

/** Resolves for everybody when `size` have come; a repeat passes through. */
function meetingOf(size: number) {
  let come = 0
  const all = Promise.withResolvers<void>()
  return async () => {
    come += 1
    if (come >= size) all.resolve()
    await all.promise
  }
}
