import { publicId } from '@heed/core'
import type { NewRequest } from '@heed/protocol'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { type GateRig, gateRig, item, optOut } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { openRequest } from './open-request.ts'

const db = await testDatabase()
let rig: GateRig

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterAll(() => rig?.close())

type Change = { kind?: string; scope?: NewRequest['scope']; idempotencyKey?: string }

function ask(
  type: NewRequest['type'],
  value: string | readonly string[],
  { kind = 'userId', scope = {}, idempotencyKey }: Change = {},
) {
  const identifiers = [value].flat().map((one) => ({ kind, value: one }))
  return openRequest(rig.requestParts, {
    workspaceId: rig.workspaceId,
    actor: 'token:test',
    idempotencyKey: idempotencyKey ?? null,
    request: { type, subject: { identifiers }, scope },
  })
}

const kinds = async (...args: Parameters<GateRig['send']>) =>
  (await rig.send(...args)).map(({ kind }) => kind)

test('suppresses the whole closure, whichever identifier is named', async () => {
  await rig.send([item({ userId: 'u1', anonymousId: 'a1', email: 'ada@example.com' })])
  await ask('suppress', 'Ada@Example.com ', { kind: 'email' })
  expect(await kinds([item({ userId: 'u1' }), item({ anonymousId: 'a1' }), item({ userId: 'u2' })])).toEqual([
    'suppressed',
    'suppressed',
    'stored',
  ])
})

test('suppresses somebody nobody has seen yet, and keeps no subject for them', async () => {
  await ask('suppress', 'new@example.com', { kind: 'email' })
  expect(
    await kinds([item({ email: 'new@example.com', anonymousId: 'a1' }), item({ anonymousId: 'a1' })]),
  ).toEqual(['suppressed', 'suppressed'])
  expect(await db.pool.query('select from subject')).toHaveProperty('rowCount', 0)
})

test('lets new events in after an unsuppress, and none that arrived before it', async () => {
  await ask('suppress', 'u1')
  const late = item({ userId: 'u1' })
  const arrivedAt = performance.now()
  const refused = item({ userId: 'u1' })
  await rig.send([refused])
  await ask('unsuppress', 'u1')
  const verdicts = await rig.intake.collect({ source: rig.client, items: [late], arrivedAt })
  expect(verdicts).toEqual([{ kind: 'suppressed' }])
  expect(await kinds([item({ userId: 'u1' }), refused])).toEqual(['stored', 'duplicate'])
})

test('judges a recorded item by when it was received', async () => {
  await ask('suppress', 'u1')
  const during = new Date()
  await ask('unsuppress', 'u1')
  const recorded = (receivedAt: Date) => item({ userId: 'u1' }, { isRecorded: true, receivedAt })
  expect(await kinds([recorded(during), recorded(new Date(during.getTime() - 60_000))])).toEqual([
    'suppressed',
    'stored',
  ])
})

test('keeps the other cause when one suppression is lifted', async () => {
  await rig.send([item({ userId: 'u1', anonymousId: 'd' }), optOut({ userId: 'u1' }), item({ userId: 'u2' })])
  await rig.send([optOut({ userId: 'u2', anonymousId: 'd' })])
  await ask('unsuppress', 'u1')
  expect(await kinds([item({ userId: 'u1' }), item({ anonymousId: 'd' }), item({ userId: 'u2' })])).toEqual([
    'stored',
    'suppressed',
    'suppressed',
  ])
})

test('suppresses one source and lifts it there', async () => {
  const scope = { sources: [publicId('src', rig.server.sourceId)] }
  await ask('suppress', 'u1', { scope })
  expect(await kinds([item({ userId: 'u1' })], rig.client)).toEqual(['stored'])
  expect(await kinds([item({ userId: 'u1' })], rig.server)).toEqual(['suppressed'])
  await ask('unsuppress', 'u1', { scope })
  expect(await kinds([item({ userId: 'u1' })], rig.server)).toEqual(['stored'])
})

test('refuses to lift one source while the whole workspace is suppressed', async () => {
  await ask('suppress', 'u1')
  const lift = ask('unsuppress', 'u1', { scope: { sources: [publicId('src', rig.client.sourceId)] } })
  await expect(lift).rejects.toMatchObject({ code: 'conflict' })
})

test('spreads a source-wide suppression through a later link, and sweeps only that source', async () => {
  const scope = { sources: [publicId('src', rig.server.sourceId)] }
  await rig.send([item({ userId: 'u1' })])
  await ask('suppress', 'u1', { scope })
  await rig.send([item({ anonymousId: 'a1' })], rig.client)
  await rig.send([item({ anonymousId: 'a1' })], rig.server)
  expect(await kinds([item({ userId: 'u1', anonymousId: 'a1' })], rig.client)).toEqual(['stored'])
  expect(await kinds([item({ anonymousId: 'a1' })], rig.server)).toEqual(['suppressed'])
  const left = await db.pool.query('select source_id from event')
  expect(left.rows.every((row) => row.source_id === rig.client.sourceId)).toBe(true)
})

test('opens a request once for one Idempotency-Key', async () => {
  const both = await Promise.all([
    ask('suppress', 'u1', { idempotencyKey: 'k1' }),
    ask('suppress', 'u1', { idempotencyKey: 'k1' }),
  ])
  expect(new Set(both.map(({ request }) => request.requestId)).size).toBe(1)
  expect(both.map(({ isNew }) => isNew).toSorted()).toEqual([false, true])
  await expect(ask('suppress', 'u2', { idempotencyKey: 'k1' })).rejects.toMatchObject({
    code: 'idempotency-mismatch',
  })
})

test('names the identifier that it refuses by its place, never by its value', async () => {
  await expect(ask('suppress', '  ')).rejects.toMatchObject({
    code: 'invalid-identifier',
    hint: 'Identifier 1 was refused: blank-identifier.',
  })
})

test('writes the journal before anybody hears of it', async () => {
  await ask('suppress', 'u1')
  await ask('unsuppress', 'u1')
  const kinds: string[] = []
  for await (const { entry } of rig.journal.readAfter(0)) kinds.push(entry.kind)
  expect(kinds).toEqual(['suppressed', 'unsuppressed'])
})

test('lifts the "no" of one of two people named together, and not the other one', async () => {
  await rig.send([item({ userId: 'u1' }), item({ userId: 'u2' })])
  await ask('suppress', ['u1', 'u2', 'u3'])
  await ask('unsuppress', 'u2')
  const all = () => [item({ userId: 'u1' }), item({ userId: 'u2' }), item({ userId: 'u3' })]
  expect(await kinds(all())).toEqual(['suppressed', 'stored', 'suppressed'])
  await ask('unsuppress', 'u3')
  expect(await kinds(all())).toEqual(['suppressed', 'stored', 'stored'])
})

test('says so when what stands against somebody is another person\'s "no", instead of lifting nothing', async () => {
  await rig.send([item({ anonymousId: 'd1' }), item({ userId: 'u1' }), optOut({ userId: 'u1' })])
  await rig.send([item({ userId: 'u1', anonymousId: 'd1' })])
  await expect(ask('unsuppress', 'd1', { kind: 'anonymousId' })).rejects.toMatchObject({ code: 'conflict' })
  await ask('unsuppress', 'u1')
  expect(await kinds([item({ anonymousId: 'd1' })])).toEqual(['stored'])
})

test("a public key that says a refused address is somebody's stops their collection, and deletes nothing of theirs", async () => {
  await ask('suppress', 'old@example.com', { kind: 'email' })
  await rig.send([item({ userId: 'victim' }), item({ userId: 'victim' })])
  const told = item({ userId: 'victim', email: 'old@example.com' })
  expect(await kinds([told, item({ userId: 'victim' })])).toEqual(['suppressed', 'suppressed'])
  expect(await db.pool.query('select from event')).toHaveProperty('rowCount', 2)
  await rig.send([item({ userId: 'other' })])
  expect(await kinds([item({ userId: 'other', email: 'old@example.com' })], rig.server)).toEqual([
    'suppressed',
  ])
})
