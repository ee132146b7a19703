import { afterAll, beforeEach, expect, test } from 'vitest'
import { lockLog } from '../audit/audit-log.store.ts'
import { saltsOf } from '../audit/unnumbered.store.ts'
import { PERSONAL_DATA } from '../store/personal-data.ts'
import { inTransaction } from '../store/transaction.ts'
import { type GateRig, gateRig } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { ERASED_TABLES } from './erased-tables.ts'
import { countSurvivors } from './survivors.store.ts'
import { eraseRunner } from './testing/erase-runner.ts'
import { type ErasedPerson, erasedPerson } from './testing/erased-person.ts'
import { plantRows } from './testing/plant-rows.ts'

const db = await testDatabase()
let rig: GateRig

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterAll(() => rig?.close())

const look = (person: ErasedPerson) => inTransaction(db.pool, (client) => countSurvivors(client, person))
const taskOf = async ({ taskId }: ErasedPerson) =>
  (await db.pool.query('select * from task where task_id = $1', [taskId])).rows[0]
const due = () => db.pool.query('update task set due_at = clock_timestamp()')

test('every table that is not kept is scrubbed, and no other', () => {
  const expected = Object.entries(PERSONAL_DATA)
    .filter(
      ([, entry]) => entry.kind === 'personal' && entry.action !== 'kept' && entry.reachedBy.by === 'subject',
    )
    .map(([name]) => name)
  expect(ERASED_TABLES.map(({ name }) => name).toSorted()).toEqual(expected.toSorted())
})

test('every column that a scrub empties may be empty', async () => {
  const { rows } = await db.pool.query(
    `select table_name || '.' || column_name as name from information_schema.columns where is_nullable = 'YES'`,
  )
  const nullable = rows.map(({ name }) => name)
  for (const { name, clears } of ERASED_TABLES)
    for (const column of clears ?? []) expect(nullable).toContain(`${name}.${column}`)
})

test('one row left in any registered table is found, by a fragment or, of a key, by its own id', async () => {
  const person = await erasedPerson(db, rig, { userId: 'u1' })
  await eraseRunner(db.pool, rig).run()
  expect(await look(person)).toBe(0)
  const plants = plantRows(person)
  expect(Object.keys(plants).map((name) => name.split(' ')[0])).toEqual(
    expect.arrayContaining(ERASED_TABLES.map(({ name }) => name)),
  )
  for (const [name, plant] of Object.entries(plants)) {
    await plant(db.pool)
    expect([name, await look(person)]).toEqual([name, 1])
    await eraseAgain()
    expect([name, await look(person)]).toEqual([name, 0])
  }
})

/** The scrub takes away what was planted, as it would have the first time. */
async function eraseAgain(): Promise<void> {
  await db.pool.query(
    `update task set state = 'scrubbing', due_at = clock_timestamp(), settled_at = null where state = 'done'`,
  )
  await eraseRunner(db.pool, rig).run()
}

test('after a scrub no column of the database holds an id of the person, but those that say why', async () => {
  const person = await erasedPerson(db, rig, { userId: 'u1' })
  const { 'escrowed_key by its id': _alreadyThere, ...plants } = plantRows(person)
  for (const plant of Object.values(plants)) await plant(db.pool)
  await eraseRunner(db.pool, rig, { batch: 3 }).run()
  expect(await taskOf(person)).toMatchObject({ state: 'done', outcome: 'confirmed' })
  const { rows: columns } = await db.pool.query(
    `select c.table_name as table, c.column_name as name, c.udt_name as type from information_schema.columns c
     join pg_class k on k.relname = c.table_name and k.relnamespace = 'public'::regnamespace
     where c.table_schema = 'public' and k.relkind in ('r', 'p') and not k.relispartition and c.udt_name in ('uuid', '_uuid')`,
  )
  const holding: string[] = []
  for (const { table, name, type } of columns) {
    const isOne = type === 'uuid' ? `${name} = any($1::uuid[])` : `${name} && $1::uuid[]`
    const ids = [...person.fragments, ...person.keyIds]
    if ((await db.pool.query(`select from ${table} where ${isOne}`, [ids])).rowCount !== 0)
      holding.push(`${table}.${name}`)
  }
  expect(holding.toSorted()).toEqual([
    'hold.key_id',
    'hold.subject_id',
    'profile.key_id',
    'profile.subject_id',
    'subject.subject_id',
    'suppression_cause.subject_id',
    'task.fragments',
    'task.key_ids',
    'task.subject_id',
  ])
})

test('what cannot be taken away is still found, looked for again later, and confirmed once it is gone', async () => {
  const person = await erasedPerson(db, rig, { userId: 'u1' })
  await plantRows(person).identifier_mention?.(db.pool)
  await db.pool.query(`
    create function keep_row() returns trigger language plpgsql as 'begin return null; end';
    create trigger keep_mention before delete on identifier_mention for each row execute function keep_row()`)
  const node = eraseRunner(db.pool, rig)
  await node.run()
  const first = await taskOf(person)
  expect(first).toMatchObject({
    state: 'scrubbing',
    outcome: 'still-found',
    survivors: 1,
    settled_at: null,
    attempts: 1,
  })
  expect(first.due_at - first.looked_at).toBeGreaterThan(59_000)
  await due()
  await node.run()
  const second = await taskOf(person)
  expect(second.due_at - second.looked_at).toBeGreaterThan(119_000)
  await db.pool.query('drop trigger keep_mention on identifier_mention; drop function keep_row()')
  await due()
  await node.run()
  expect(await taskOf(person)).toMatchObject({ state: 'done', outcome: 'confirmed', survivors: 0 })
  expect(node.receipted).toHaveLength(3)
})

test('whoever is just numbering facts of the person leaves no salt of theirs behind', async () => {
  const person = await erasedPerson(db, rig, { userId: 'u1' })
  const numbering = await db.pool.connect()
  await numbering.query('begin')
  await lockLog(numbering, person.workspaceId)
  await saltsOf(numbering, {
    workspaceId: person.workspaceId,
    fresh: new Map([[person.root, Buffer.alloc(32, 7)]]),
  })
  const running = eraseRunner(db.pool, rig).run()
  const waiting = `select from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`
  await expect.poll(async () => (await db.pool.query(waiting)).rowCount).toBe(1)
  await numbering.query('commit')
  numbering.release()
  await running
  expect(await taskOf(person)).toMatchObject({ state: 'done', outcome: 'confirmed' })
  expect((await db.pool.query('select from subject_salt')).rowCount).toBe(0)
})

test('on the due day it is the last word that something is still found', async () => {
  const person = await erasedPerson(db, rig, { userId: 'u1' })
  await plantRows(person).identifier_mention?.(db.pool)
  await db.pool.query(`
    create function keep_row() returns trigger language plpgsql as 'begin return null; end';
    create trigger keep_mention before delete on identifier_mention for each row execute function keep_row();
    update request set due_at = clock_timestamp()`)
  await eraseRunner(db.pool, rig).run()
  expect(await taskOf(person)).toMatchObject({ state: 'done', outcome: 'still-found', survivors: 1 })
  await db.pool.query('drop trigger keep_mention on identifier_mention; drop function keep_row()')
})

test('what was scrubbed and what had been planned are compared, and the audit log has the difference', async () => {
  const person = await erasedPerson(db, rig, { userId: 'u1' })
  const node = eraseRunner(db.pool, rig, { batch: 2 })
  await node.run()
  await plantRows(person).purchase?.(db.pool)
  await eraseAgain()
  const { rows } = await db.pool.query(
    "select body from outbox where kind = 'erasure-looked-again' order by seq",
  )
  expect(
    rows.map(({ body }) => [body.outcome, body.planned.purchase, body.done.purchase, body.different]),
  ).toEqual([
    ['confirmed', 1, 1, []],
    ['confirmed', 1, 2, ['purchase']],
  ])
})
