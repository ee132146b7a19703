import { randomBytes } from 'node:crypto'
import { publicId } from '@heed/core'
import { afterAll, beforeEach, expect, test } from 'vitest'
import type { Asking } from '../../asking/asking.ts'
import { issueReceipts } from '../../receipts/issue-receipts.ts'
import { type GateRig, gateRig, item, RIG_MASTER_KEY } from '../../testing/gate-rig.ts'
import { testDatabase } from '../../testing/test-database.ts'
import { askingDoors } from '../asking/asking-doors.ts'
import { ADMIN_TOKEN, type TestApp, testApp } from '../testing/test-app.ts'
import { requestRoutes } from './requests.ts'

const db = await testDatabase()
let rig: GateRig
let http: TestApp
let receipted = 0

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
  const { keyStore, rings, newId } = rig
  const now = () => new Date()
  const asking: Asking = { pool: db.pool, keys: keyStore, digestsOf: rings, now, newId }
  const issuing = { pool: db.pool, keyStore, masterKey: RIG_MASTER_KEY, random: randomBytes, now, newId }
  http = await testApp(db.pool, (app) => {
    askingDoors(app, asking)
    requestRoutes(app, {
      ...rig.requestParts,
      pool: db.pool,
      async issueReceipts(request) {
        receipted += await issueReceipts({ ...issuing, backupRetentionDays: 35, hasJournal: true }, request)
      },
    })
  })
  await http.seed()
  receipted = 0
})
afterAll(() => rig?.close())

const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
const post = (url: string, payload?: object, more: Record<string, string> = {}) =>
  http.app.inject({
    method: 'POST',
    url: `/api/v1${url}`,
    headers: { ...headers, ...more },
    ...(payload === undefined ? {} : { payload }),
  })
const get = (url: string) => http.app.inject({ method: 'GET', url: `/api/v1${url}`, headers })

const ADA = { kind: 'email', value: 'ada@example.com' }
const erase = (more: object = {}, identifiers: readonly object[] = [ADA]) =>
  post('/requests', { type: 'erase', subject: { identifiers }, ...more })

async function collect(): Promise<string> {
  await rig.send([
    item(
      { userId: 'u1', anonymousId: 'a1', email: ADA.value },
      { type: 'identify', traits: { city: 'Paris' }, content: JSON.stringify({ page: 'secret-page' }) },
    ),
  ])
  const { rows } = await db.pool.query('select subject_id as id from subject')
  return publicId('sub', rows[0].id)
}

/** Everything that the asking doors say of somebody, as one text. */
async function everythingAsked(subject: string): Promise<string> {
  const query = 'select customer_user_id, event_name from cooladata where date_range (last 7 days)'
  const answers = await Promise.all([
    post('/subjects/lookup', { identifier: ADA }),
    post('/subjects/lookup', { identifier: { kind: 'userId', value: 'u1' } }),
    post('/explain', { identifier: ADA }),
    post('/query', { query }),
    get(`/subjects/${subject}`),
    get(`/subjects/${subject}/timeline`),
    get(`/events?subject=${subject}`),
    get('/events'),
  ])
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200, 200, 200, 200, 200])
  return answers.map(({ body }) => body).join('\n')
}

const PERSONAL = /ada@example\.com|u1|"a1"|Paris|secret-page/

test('nothing of an erased person can be read through any door that is asked, and all of it after a reverse', async () => {
  const subject = await collect()
  const before = await everythingAsked(subject)
  for (const word of ['ada@example.com', 'u1', 'a1', 'Paris', 'secret-page']) expect(before).toContain(word)
  const { id } = (await erase()).json()
  expect(await everythingAsked(subject)).not.toMatch(PERSONAL)
  await post(`/requests/${id}/reverse`)
  const after = await everythingAsked(subject)
  for (const word of ['ada@example.com', 'u1', 'a1', 'Paris', 'secret-page']) expect(after).toContain(word)
})

test('answers with the task, its outcome and until when it can be reversed, and has signed a receipt of it', async () => {
  const subject = await collect()
  const opened = await erase({ jurisdiction: 'gdpr', reason: 'asked by mail' })
  expect([opened.statusCode, receipted]).toEqual([201, 1])
  expect(opened.json()).toMatchObject({
    type: 'erase',
    status: 'waiting',
    jurisdiction: 'gdpr',
    suppress: true,
    settledAt: null,
    tasks: [
      {
        destination: 'heed',
        subjectId: subject,
        state: 'window',
        outcome: 'accepted',
        recoverableUntil: expect.any(String),
      },
    ],
  })
  const { id } = opened.json()
  expect((await get(`/requests/${id}`)).json()).toEqual(opened.json())
  const reversed = await post(`/requests/${id}/reverse`, { keepSuppressed: true })
  expect([reversed.statusCode, receipted]).toEqual([200, 2])
  expect(reversed.json()).toMatchObject({
    status: 'cancelled',
    settledAt: expect.any(String),
    tasks: [{ state: 'cancelled', outcome: 'cancelled' }],
  })
})

test('opens, reverses and cancels once for one Idempotency-Key', async () => {
  await collect()
  const key = { 'idempotency-key': 'once' }
  const payload = { type: 'erase', subject: { identifiers: [ADA] } }
  const [one, other] = [await post('/requests', payload, key), await post('/requests', payload, key)]
  expect([one.statusCode, other.statusCode, other.json().id]).toEqual([201, 200, one.json().id])
  const { id } = one.json()
  const again = { 'idempotency-key': 'again' }
  const first = await post(`/requests/${id}/reverse`, {}, again)
  expect((await post(`/requests/${id}/reverse`, {}, again)).json()).toEqual(first.json())
  const mismatch = await post(`/requests/${id}/reverse`, { keepSuppressed: true }, again)
  expect(mismatch.json()).toMatchObject({ status: 409, code: 'idempotency-mismatch' })
})

test('several people wait for approval, of all of them or of those who are named', async () => {
  const ada = await collect()
  await rig.send([item({ userId: 'u2' })])
  const opened = (
    await erase({}, [ADA, { kind: 'userId', value: 'u1' }, { kind: 'userId', value: 'u2' }])
  ).json()
  expect(opened).toMatchObject({ status: 'awaiting-approval', tasks: [{ state: 'held' }, { state: 'held' }] })
  const approved = await post(`/requests/${opened.id}/approve`, { subjects: [ada] })
  expect(approved.json()).toMatchObject({ status: 'waiting' })
  expect(await everythingAsked(ada)).not.toMatch(/ada@example\.com|"u1"|Paris/)
  expect((await post(`/requests/${opened.id}/cancel`)).json()).toMatchObject({
    status: 409,
    code: 'conflict',
  })
})

test('names nobody in a refusal, and shows no request to whoever may not read it', async () => {
  const refused = await erase({ suppress: 'no' })
  expect([refused.statusCode, refused.body]).toEqual([400, expect.not.stringContaining('ada@')])
  for (const path of ['reverse', 'cancel', 'approve']) {
    const unknown = await post(`/requests/${publicId('req', rig.newId())}/${path}`)
    expect([unknown.statusCode, unknown.json().code]).toEqual([404, 'not-found'])
  }
  const made = await post('/tokens', { name: 'reader', scopes: ['requests:read'], expiresAt: null })
  const reader = { authorization: `Bearer ${made.json().token}` }
  const call = await http.app.inject({
    method: 'POST',
    url: '/api/v1/requests',
    headers: reader,
    payload: {},
  })
  expect(call.statusCode).toBe(403)
})

test('is done when its receipt cannot be signed, and the call does not fail for it', async () => {
  await collect()
  await db.pool.query(
    "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$",
  )
  await db.pool.query('create trigger refuse before insert on receipt for each row execute function refuse()')
  const opened = await erase()
  await db.pool.query('drop trigger refuse on receipt; drop function refuse()')
  expect([opened.statusCode, opened.json().status, receipted]).toEqual([201, 'waiting', 0])
})
