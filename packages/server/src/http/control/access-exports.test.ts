import { randomBytes } from 'node:crypto'
import type { ScopeName } from '@heed/protocol'
import { strFromU8, unzipSync } from 'fflate'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createToken } from '../../access/create-token.ts'
import { forgetExports } from '../../access-export/forget-exports.ts'
import { takeDownload } from '../../access-export/take-download.ts'
import { exportRig } from '../../access-export/testing/export-rig.ts'
import { item } from '../../testing/gate-rig.ts'
import { testDatabase } from '../../testing/test-database.ts'
import { testApp } from '../testing/test-app.ts'
import { accessExportRoutes } from './access-exports.ts'

const db = await testDatabase()
let world: Awaited<ReturnType<typeof exportRig>>
let call: Awaited<ReturnType<typeof callerWith>>

const { app, parts, output } = await testApp(db.pool, (app) =>
  accessExportRoutes(app, {
    pool: db.pool,
    keys: { open: (...question) => world.parts.keys.open(...question) },
    now: () => world.state.now,
    newId: () => world.rig.newId(),
    random: randomBytes,
    publicUrl: 'https://privacy.shop.example/',
  }),
)

beforeEach(async () => {
  await world?.rig.close()
  world = await exportRig(db)
  call = await callerWith(['*'])
})
afterAll(() => world?.rig.close())

async function callerWith(scopes: ScopeName[]) {
  const { workspaceId } = world.rig
  const principal = { workspaceId, tokenId: '', actor: 'token:test', scopes: ['*'], expiresAt: null } as const
  const token = { name: 'test', scopes, expiresAt: null }
  const made = await createToken(parts, { principal, token, idempotencyKey: null })
  const headers = { authorization: `Bearer ${made.token}` }
  return {
    get: (url: string) => app.inject({ method: 'GET', url: `/api/v1${url}`, headers }),
    post: (url: string, payload?: object) =>
      app.inject({ method: 'POST', url: `/api/v1${url}`, headers, ...(payload ? { payload } : {}) }),
  }
}

const USER = { kind: 'userId', value: 'u1' }
/** Incompressible, so that the zip is several pieces. */
const noise = () => randomBytes(300_000).toString('base64')

async function readyExport(): Promise<string> {
  for (let count = 0; count < 3; count += 1)
    await world.rig.send(
      [item({ userId: 'u1' }, { content: JSON.stringify({ userId: 'u1', noise: noise() }) })],
      world.rig.server,
    )
  const requestId = await world.ask([USER])
  await world.make()
  return requestId
}

async function linkTo(requestId: string, body?: object): Promise<string> {
  const answer = await call.post(`/requests/req_${requestId}/download-links`, body)
  expect(answer.statusCode).toBe(201)
  return answer.json().url.replace('https://privacy.shop.example', '')
}

const tokenTo = async (requestId: string) => (await linkTo(requestId)).replace('/exports/', '')
const download = (url: string) => app.inject({ method: 'GET', url })
const hours = (count: number) => new Date(world.state.now.getTime() + count * 3_600_000)

describe('a download link', () => {
  test('leads to the zip, of which no proxy keeps a copy', async () => {
    const url = await linkTo(await readyExport())
    expect(url).toMatch(/^\/exports\/[\w-]{43}$/)
    const answer = await download(url)
    expect(answer.statusCode).toBe(200)
    expect(answer.headers).toMatchObject({
      'content-type': 'application/zip',
      'content-disposition': 'attachment; filename="your-data.zip"',
      'content-length': String(answer.rawPayload.length),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
    const { chunks } = await world.one('select chunks from access_export')
    expect(chunks).toBeGreaterThan(2)
    const data = JSON.parse(strFromU8(unzipSync(answer.rawPayload)['data.json'] ?? new Uint8Array()))
    expect(data.events).toHaveLength(3)
  })

  test('works once, for one of two who have both found it good', async () => {
    const url = await linkTo(await readyExport())
    const holder = await db.pool.connect()
    await holder.query('begin')
    await holder.query('select from access_export for update')
    const both = Promise.all([download(url), download(url)])
    await vi.waitFor(async () => {
      const waiting =
        "select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
      expect(await world.one(waiting)).toEqual({ n: 2 })
    }, 10_000)
    await holder.query('commit')
    holder.release()
    expect((await both).map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 404])
    expect(await world.one('select downloads from access_export')).toEqual({ downloads: 1 })
    const { rows } = await db.pool.query(
      "select kind, actor from outbox where kind in ('export-downloaded', 'access-to-personal-data') order by kind",
    )
    expect(rows.map(({ kind }) => kind)).toEqual(['access-to-personal-data', 'export-downloaded'])
    expect(rows[0].actor).toMatch(/^link:req_/)
  })

  test('is used up by a download that breaks off; a new one works', async () => {
    const requestId = await readyExport()
    const url = await linkTo(requestId)
    const begun = await takeDownload(world.parts, url.replace('/exports/', ''), 'GET /exports/:token')
    for await (const piece of begun.content) {
      expect(piece.length).toBeGreaterThan(0)
      break
    }
    expect((await download(url)).statusCode).toBe(404)
    expect((await download(await linkTo(requestId))).statusCode).toBe(200)
  })

  test('is replaced by a newer one', async () => {
    const requestId = await readyExport()
    const first = await linkTo(requestId)
    const second = await linkTo(requestId)
    expect((await download(first)).statusCode).toBe(404)
    expect((await download(second)).statusCode).toBe(200)
  })

  test('expires after a day, or when its maker said', async () => {
    const requestId = await readyExport()
    const day = await linkTo(requestId)
    world.state.now = hours(25)
    expect((await download(day)).statusCode).toBe(404)
    const twoDays = await linkTo(requestId, { expiresInHours: 48 })
    world.state.now = hours(47)
    expect((await download(twoDays)).statusCode).toBe(200)
    expect(
      (await call.post(`/requests/req_${requestId}/download-links`, { expiresInHours: 169 })).statusCode,
    ).toBe(400)
  })

  test('that is wrong, used or expired gets the same answer', async () => {
    const requestId = await readyExport()
    const used = await linkTo(requestId)
    await download(used)
    const expired = await linkTo(requestId, { expiresInHours: 1 })
    world.state.now = hours(2)
    const wrong = `/exports/${randomBytes(32).toString('base64url')}`
    const answers = await Promise.all([used, expired, wrong, '/exports/x'].map(download))
    const said = answers.map((answer) => ({ ...answer.json(), requestId: null }))
    for (const [at, answer] of answers.entries()) {
      expect(answer.statusCode).toBe(404)
      expect(said[at]).toEqual(said[0])
    }
  })

  test('stands in no log line, metric, table or fact', async () => {
    const url = await linkTo(await readyExport())
    const token = url.replace('/exports/', '')
    await download(url)
    await download(url)
    expect(await output.leaks([token])).toEqual([])
    const { rows } = await db.pool.query('select body from outbox')
    expect(JSON.stringify(rows)).not.toContain(token)
    expect(output.lines().map(({ route }) => route)).toContain('/exports/:token')
  })
})

describe('an export', () => {
  test('says how far it is', async () => {
    await world.rig.send([item({ userId: 'u1' })], world.rig.server)
    const requestId = await world.ask([USER])
    const state = async () => (await call.get(`/requests/req_${requestId}/export`)).json()
    expect(await state()).toMatchObject({ state: 'making', bytes: 0 })
    expect((await call.post(`/requests/req_${requestId}/download-links`)).json()).toMatchObject({
      code: 'conflict',
    })
    await world.make()
    const ready = await state()
    expect(ready).toMatchObject({ state: 'ready', downloads: 0, linkExpiresAt: null })
    expect(ready.bytes).toBeGreaterThan(1000)
    await download(await linkTo(requestId))
    expect(await state()).toMatchObject({ state: 'ready', downloads: 1 })
    expect((await call.get(`/requests/req_${world.rig.newId()}/export`)).statusCode).toBe(404)
  })

  test('is gone after its time, and so are its pieces', async () => {
    const requestId = await readyExport()
    const url = await linkTo(requestId, { expiresInHours: 168 })
    world.state.now = hours(31 * 24)
    expect(await forgetExports(db.pool, world.state.now)).toBe(1)
    expect(await world.one('select state from access_export')).toEqual({ state: 'gone' })
    expect(await world.one('select count(*)::int as n from export_chunk')).toEqual({ n: 0 })
    expect((await download(url)).statusCode).toBe(404)
    expect((await call.post(`/requests/req_${requestId}/download-links`)).statusCode).toBe(404)
    expect((await call.get(`/requests/req_${requestId}/export`)).json()).toMatchObject({ state: 'gone' })
    expect(await forgetExports(db.pool, world.state.now)).toBe(0)
  })

  test('of somebody erased cannot be read by anybody, and is deleted when nothing brings them back', async () => {
    const requestId = await readyExport()
    const url = await linkTo(requestId)
    await world.takeKeysAway()
    expect((await download(url)).statusCode).toBe(404)
    expect((await call.post(`/requests/req_${requestId}/download-links`)).statusCode).toBe(404)
    expect((await call.get(`/requests/req_${requestId}/export`)).json()).toMatchObject({ state: 'not-found' })
    expect(await forgetExports(db.pool, world.state.now)).toBe(1)
    expect(await world.one('select count(*)::int as n from export_chunk')).toEqual({ n: 0 })
  })

  test('stops in the middle of a download when its person is erased', async () => {
    const url = await linkTo(await readyExport())
    const { content } = await takeDownload(world.parts, url.replace('/exports/', ''), 'GET /exports/:token')
    const pieces = content[Symbol.asyncIterator]()
    expect((await pieces.next()).done).toBe(false)
    await world.takeKeysAway()
    await expect(pieces.next()).rejects.toMatchObject({ code: 'not-found' })
  })

  test('that holds data of two parts is handed out only while both are there', async () => {
    const { rig } = world
    const anonymous = JSON.stringify({ anonymousId: 'a1', noise: noise() })
    await rig.send([item({ anonymousId: 'a1' }, { content: anonymous })], rig.server)
    await rig.send([item({ userId: 'u1' }, { content: JSON.stringify({ noise: noise() }) })], rig.server)
    await rig.send([item({ userId: 'u1', anonymousId: 'a1' })], rig.server)
    const requestId = await world.ask([USER])
    await world.make()
    const { content } = await takeDownload(world.parts, await tokenTo(requestId), 'GET /exports/:token')
    const pieces = content[Symbol.asyncIterator]()
    expect((await pieces.next()).done).toBe(false)
    await db.pool.query('delete from subject_key k using access_export e where k.key_id <> e.key_id')
    expect(await world.one('select count(*)::int as n from subject_key')).toEqual({ n: 1 })
    await expect(pieces.next()).rejects.toMatchObject({ code: 'not-found' })
    expect((await call.post(`/requests/req_${requestId}/download-links`)).statusCode).toBe(404)
    expect(await forgetExports(db.pool, world.state.now)).toBe(1)
  })

  test('of somebody restricted is handed out only by a token that may read them', async () => {
    const requestId = await readyExport()
    await db.pool.query(
      `insert into restriction (workspace_id, subject_id, request_id, since)
       select s.workspace_id, s.subject_id, $1, now() from subject s`,
      [requestId],
    )
    const others = await callerWith(['requests:write'])
    const allowed = await callerWith(['requests:write', 'privacy:read'])
    const path = `/requests/req_${requestId}/download-links`
    expect((await others.post(path)).json()).toMatchObject({ code: 'forbidden' })
    expect((await allowed.post(path)).statusCode).toBe(201)
  })

  test('does not open with its pieces in another order', async () => {
    const url = await linkTo(await readyExport())
    await db.pool.query(
      `update export_chunk c set sealed = o.sealed from export_chunk o
       where c.chunk_no < 2 and o.export_id = c.export_id and o.chunk_no = 1 - c.chunk_no`,
    )
    const { content } = await takeDownload(world.parts, url.replace('/exports/', ''), 'GET /exports/:token')
    await expect(content[Symbol.asyncIterator]().next()).rejects.toThrow('does not open')
  })
})
