import { afterAll, beforeEach, expect, test } from 'vitest'
import { exclusiveLane } from '../gate/exclusive-lane.ts'
import { openRequest } from '../requests/open-request.ts'
import { type GateRig, gateRig } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import type { Journal } from './journal.ts'
import { journalLeftOverLifts } from './journal-left-over-lifts.ts'

const db = await testDatabase()
let rig: GateRig

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterAll(() => rig?.close())

/** A lane of a node that is killed between the commit of a lift and its entry in the journal. */
function cutLane() {
  const journal: Journal = {
    ...rig.journal,
    append: (entries) =>
      entries.some(({ kind }) => kind === 'unsuppressed')
        ? Promise.reject(new Error('killed'))
        : rig.journal.append(entries),
  }
  return exclusiveLane({ ...rig, journal, pool: db.gatePool, nodeId: 'cut', now: () => new Date() })
}

function ask(type: 'suppress' | 'unsuppress', lane = rig.lane) {
  const parts = { ...rig.requestParts, lane }
  return openRequest(parts, {
    workspaceId: rig.workspaceId,
    actor: 'token:test',
    idempotencyKey: type,
    request: { type, subject: { identifiers: [{ kind: 'userId', value: 'u1' }] }, scope: {} },
  })
}

async function journalKinds(): Promise<string[]> {
  const kinds: string[] = []
  for await (const { entry } of rig.journal.readAfter(0)) kinds.push(entry.kind)
  return kinds
}

const leftOver = async () => (await db.pool.query('select from unjournalled_lift')).rowCount

test('a lift whose commit was not followed by its entry is journalled by the call that repeats it', async () => {
  await ask('suppress')
  await expect(ask('unsuppress', cutLane())).rejects.toMatchObject({ code: 'unknown-outcome' })
  expect(await journalKinds()).toEqual(['suppressed'])
  expect(await ask('unsuppress')).toMatchObject({ isNew: false, request: { status: 'settled' } })
  expect(await journalKinds()).toEqual(['suppressed', 'unsuppressed'])
  expect(await leftOver()).toBe(0)
})

test('nobody is told that a lift they repeat was made, while the journal refuses it', async () => {
  await ask('suppress')
  const lane = cutLane()
  await expect(ask('unsuppress', lane)).rejects.toMatchObject({ code: 'unknown-outcome' })
  await expect(ask('unsuppress', lane)).rejects.toMatchObject({ code: 'unknown-outcome' })
  expect(await leftOver()).toBe(1)
})

test('a node that starts journals what a killed one lifted, to the last column, and once', async () => {
  await ask('suppress')
  await ask('unsuppress', cutLane()).catch(() => null)
  expect(await journalLeftOverLifts(db.pool, rig.journal)).toBe(1)
  expect(await journalLeftOverLifts(db.pool, rig.journal)).toBe(0)
  const { rows } = await db.pool.query('select cause, until_seq, until_at from suppression_cause')
  const [, lift] = await Array.fromAsync(rig.journal.readAfter(0))
  expect(lift?.entry).toEqual({
    kind: 'unsuppressed',
    workspaceId: rig.workspaceId,
    seq: Number(rows[0].until_seq),
    at: rows[0].until_at.toISOString(),
    causes: [rows[0].cause],
    digests: null,
    liftedBy: 'token:test',
  })
})

test('a lift that the journal has leaves nothing behind', async () => {
  await ask('suppress')
  await ask('unsuppress')
  expect(await leftOver()).toBe(0)
  expect(await journalKinds()).toEqual(['suppressed', 'unsuppressed'])
})
