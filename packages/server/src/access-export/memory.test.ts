import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { AccessExport } from '@heed/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { item, RIG_MASTER_KEY } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { exportRig } from './testing/export-rig.ts'
import { addEvents } from './testing/many-events.ts'

const db = await testDatabase({ truncates: false })
let world: Awaited<ReturnType<typeof exportRig>>
beforeAll(async () => {
  world = await exportRig(db)
})
afterAll(() => world.rig.close())

const EVENTS = 100_000
const MOST_BYTES = 150 * 1024 * 1024
const script = fileURLToPath(new URL('testing/make-exports-alone.ts', import.meta.url))

test('packing 100,000 events takes less than 150 MB more than the process had', {
  timeout: 180_000,
}, async () => {
  await world.rig.send([item({ userId: 'u1' })], world.rig.server)
  await addEvents(db.pool, world.rig, EVENTS)
  const requestId = await world.ask([{ kind: 'userId', value: 'u1' }])
  const { stdout } = await promisify(execFile)(process.execPath, [
    // V8 lets the young generation grow with any traffic, up to 100 MB; what is measured is what the export needs beside that.
    '--max-semi-space-size=8',
    script,
    db.url,
    RIG_MASTER_KEY.key.export().toString('hex'),
  ])
  const answer = JSON.parse(stdout)
  expect(answer).toMatchObject({ turns: 1, errors: [] })
  expect(answer.most - answer.before).toBeLessThan(MOST_BYTES)

  const files = await world.open(requestId)
  const data: AccessExport = JSON.parse(files['data.json'] ?? '')
  expect(new Set(data.events.map(({ id }) => id)).size).toBe(EVENTS + 1)
  expect(data.events).toHaveLength(EVENTS + 1)
  expect(data.counts.events).toBe(EVENTS + 1)
  expect(files['report.html']).toContain('The other 99,001 are in')
  expect(files['report.html']?.match(/<details>/g)).toHaveLength(1000)
})
