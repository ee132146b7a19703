import { publicId } from '@heed/core'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { liftOptOuts } from '../suppression/lift-opt-outs.ts'
import { type GateRig, gateRig, item, optOut } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { watchOptOuts } from './watch-opt-outs.ts'

const db = await testDatabase()
let rig: GateRig

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterAll(() => rig?.close())

const watch = () => watchOptOuts(db.pool, { log: { warn: () => undefined }, newId: rig.newId })

test('says nothing about a handful of opt-outs', async () => {
  await rig.send(Array.from({ length: 10 }, (_, at) => optOut({ userId: `u${at}` })))
  expect(await watch()).toBe(0)
})

test('tells once of a flood, and its interval and source lift it, and nothing else', async () => {
  const before = new Date()
  await rig.send([optOut({ userId: 'real' })], rig.server)
  await rig.send(Array.from({ length: 60 }, (_, at) => optOut({ userId: `victim${at}` })))
  expect(await watch()).toBe(1)
  expect(await watch()).toBe(0)
  const lifting = {
    source: publicId('src', rig.client.sourceId),
    from: before.toISOString(),
    to: new Date(Date.now() + 1_000).toISOString(),
  }
  const lifted = await liftOptOuts(rig.lane, { workspaceId: rig.workspaceId, actor: 'token:test', lifting })
  expect(lifted).toEqual({ lifted: 60 })
  const verdicts = await rig.send([item({ userId: 'victim7' }), item({ userId: 'real' })])
  expect(verdicts.map(({ kind }) => kind)).toEqual(['stored', 'suppressed'])
})

test('refuses to lift through a source that is not there', async () => {
  const lifting = {
    source: publicId('src', rig.newId()),
    from: '2026-01-01T00:00:00Z',
    to: '2026-01-02T00:00:00Z',
  }
  const lift = liftOptOuts(rig.lane, { workspaceId: rig.workspaceId, actor: 'token:test', lifting })
  await expect(lift).rejects.toMatchObject({ code: 'not-found' })
})
