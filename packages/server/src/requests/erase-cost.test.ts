import { afterAll, beforeEach, expect, test } from 'vitest'
import { exclusiveLane } from '../gate/exclusive-lane.ts'
import { type GateRig, gateRig, item } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { openRequest } from './open-request.ts'

const db = await testDatabase()
let rig: GateRig

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterAll(() => rig?.close())

/** The person's events, written under them as collecting does, without taking as long. */
async function addEvents(count: number): Promise<void> {
  await db.pool.query(
    `insert into event (workspace_id, id, seq, subject_id, key_id, source_id, type, name, event_at, received_at, sealed)
     select workspace_id, gen_random_uuid(), nextval('fact_seq'), subject_id, key_id, source_id, type, name, event_at, received_at, sealed
     from event, generate_series(1, $1)`,
    [count],
  )
}

type Cost = { readonly statements: readonly string[]; readonly touched: Readonly<Record<string, number>> }

/** What an erase sends to the database, and how many rows of each table its transaction reads, writes or locks. */
async function costOfErase(userId: string): Promise<Cost> {
  const client = await db.gatePool.connect()
  const statements: string[] = []
  const touched: Record<string, number> = {}
  const watched = new Proxy(client, {
    get(target, name) {
      if (name === 'release') return () => undefined
      if (name !== 'query') return Reflect.get(target, name)
      return async (...args: Parameters<typeof target.query>) => {
        const [text] = args as unknown as [string | { readonly text: string }]
        const sql = typeof text === 'string' ? text : text.text
        if (/^(commit|COMMIT)$/.test(sql)) Object.assign(touched, await rowsTouched(target))
        statements.push(sql.trim().slice(0, 60))
        return target.query(...args)
      }
    },
  })
  const pool = { connect: async () => watched } as unknown as typeof db.gatePool
  const lane = exclusiveLane({ ...rig, pool, nodeId: 'test', now: () => new Date() })
  const request = {
    type: 'erase',
    subject: { identifiers: [{ kind: 'userId', value: userId }] },
    scope: {},
  } as const
  await openRequest(
    { ...rig.requestParts, lane },
    {
      workspaceId: rig.workspaceId,
      actor: 'token:test',
      idempotencyKey: null,
      request: { ...request, subject: { identifiers: [...request.subject.identifiers] } },
    },
  )
  client.release(true)
  return { statements, touched }
}

async function rowsTouched(client: {
  query: (sql: string) => Promise<{ rows: { table: string; rows: string }[] }>
}) {
  const { rows } = await client.query(
    `select relname as table, seq_tup_read + idx_tup_fetch + n_tup_ins + n_tup_upd + n_tup_del as rows
     from pg_stat_xact_user_tables
     where seq_tup_read + coalesce(idx_tup_fetch, 0) + n_tup_ins + n_tup_upd + n_tup_del > 0`,
  )
  return Object.fromEntries(rows.map(({ table, rows }) => [table, Number(rows)]))
}

test('costs the same however much is stored of the person: no event is read, written or locked', async () => {
  await rig.send([item({ userId: 'u1', anonymousId: 'a1' })])
  const small = await costOfErase('u1')
  await db.truncate()
  await rig.close()
  rig = await gateRig(db)
  await rig.send([item({ userId: 'u1', anonymousId: 'a1' })])
  await addEvents(20_000)
  const large = await costOfErase('u1')
  expect(large.statements).toEqual(small.statements)
  expect(Object.keys(large.touched)).toContain('subject_key')
  expect(Object.keys(large.touched).filter((table) => table.startsWith('event'))).toEqual([])
  expect(large.touched).toEqual(small.touched)
})
