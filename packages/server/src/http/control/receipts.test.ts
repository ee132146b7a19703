import { randomBytes } from 'node:crypto'
import { fromBase64, isSameHash, publicId, verifyInclusion } from '@heed/core'
import { openedReceipt, type ReceiptAnswer, receiptAnswer, receiptPage, type ScopeName } from '@heed/protocol'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { addToken } from '../../access/create-token.ts'
import { mintToken } from '../../access/token-format.ts'
import { sequenceOutbox } from '../../audit/sequence-outbox.ts'
import { sha256 } from '../../audit/sha256.ts'
import { signCheckpoint } from '../../audit/sign-checkpoint.ts'
import { type ReceiptRig, receiptRig } from '../../receipts/testing/receipt-rig.ts'
import { inTransaction } from '../../store/transaction.ts'
import { testDatabase } from '../../testing/test-database.ts'
import { type TestApp, testApp } from '../testing/test-app.ts'
import { receiptRoutes } from './receipts.ts'

const db = await testDatabase()
let rig: ReceiptRig
let http: TestApp

beforeEach(async () => {
  await rig?.close()
  await http?.app.close()
  rig = await receiptRig(db)
  http = await testApp(db.pool, (app) => receiptRoutes(app, rig.parts))
})
afterAll(async () => {
  await rig?.close()
  await http?.app.close()
})

async function tokenFor(scopes: readonly ScopeName[], workspaceId = rig.workspaceId): Promise<string> {
  const secret = mintToken(randomBytes)
  const token = { workspaceId, tokenId: rig.newId(), secret, name: 'test', scopes, createdBy: 'test' }
  await inTransaction(db.pool, (client) => addToken(client, http.parts, { ...token, expiresAt: null }))
  return secret
}

const ask = (token: string, url: string, payload?: object) =>
  http.app.inject({
    method: payload === undefined ? 'GET' : 'POST',
    url: `/api/v1${url}`,
    headers: { authorization: `Bearer ${token}` },
    ...(payload === undefined ? {} : { payload }),
  })

/** An erased person with a receipt; nothing but the row without a person is left of them. */
async function erased() {
  const subjectId = await rig.addSubject({
    data_deleted_at: '2026-11-22T09:00:00Z',
    first_month: '2026-01',
    last_month: '2026-11',
    lifecycle: 'customer',
    lifetime_revenue: JSON.stringify({ EUR: '12.50' }),
  })
  const task = await rig.addTask({
    subject_id: subjectId,
    outcome: 'confirmed',
    fragments: [subjectId],
    settled_at: '2026-11-22T09:10:00Z',
    looked_at: '2026-11-22T09:10:00Z',
    keys_destroyed_at: '2026-11-22T09:05:00Z',
    survivors: 0,
  })
  await rig.issue(task.requestId)
  const [row] = await rig.receiptsOf(task.requestId)
  return { subjectId, ...task, id: publicId('rcp', row?.receiptId ?? '') }
}

const accesses = async () =>
  (await db.pool.query("select body from outbox where kind = 'access-to-personal-data'")).rows

test('answers a receipt that anybody can verify, and nothing of the person', async () => {
  const { id, subjectId, requestId } = await erased()
  const token = await tokenFor(['requests:read'])
  const answer = await ask(token, `/receipts/${id}`)
  expect(answer.statusCode).toBe(200)
  expect(await rig.verify(answer.body)).toMatchObject({ kind: 'valid', opening: null })
  expect(answer.body).not.toContain(subjectId)
  const list = receiptPage.parse(
    (await ask(token, `/requests/${publicId('req', requestId)}/receipts`)).json(),
  )
  expect(list).toEqual({ data: [receiptAnswer.parse(answer.json())], nextCursor: null })
  expect(await accesses()).toEqual([])
})

test('lists every receipt of a request, newest first and page by page', async () => {
  const { requestId, taskId } = await erased()
  await rig.change(taskId, "outcome = 'still-found'")
  await rig.issue(requestId)
  const token = await tokenFor(['requests:read'])
  const path = `/requests/${publicId('req', requestId)}/receipts?limit=1`
  const first = receiptPage.parse((await ask(token, path)).json())
  const second = receiptPage.parse((await ask(token, `${path}&cursor=${first.nextCursor}`)).json())
  expect([...first.data, ...second.data].map(({ receipt }) => receipt.outcome)).toEqual([
    'still-found',
    'confirmed',
  ])
  expect(first.data[0]?.receipt.supersedes).toBe(second.data[0]?.receipt.receiptId)
  expect(second.nextCursor).toBeNull()
})

test("hands the person's copy to who may write requests, and logs it as a look at personal data", async () => {
  const { id, subjectId } = await erased()
  const reader = await tokenFor(['requests:read'])
  expect((await ask(reader, `/receipts/${id}?copy=person`)).json()).toMatchObject({ code: 'forbidden' })
  expect(await accesses()).toEqual([])
  const desk = await tokenFor(['requests:read', 'requests:write'])
  const copy = await ask(desk, `/receipts/${id}?copy=person`)
  expect(await rig.verify(copy.body)).toMatchObject({
    kind: 'valid',
    opening: { subjectId: publicId('sub', subjectId) },
  })
  expect(await accesses()).toEqual([{ body: { door: 'GET /api/v1/receipts/:id', rows: 1 } }])
})

test("has no person's copy once the address book is gone, or where nobody was found", async () => {
  const desk = await tokenFor(['requests:read', 'requests:write'])
  const { id } = await erased()
  await db.pool.query('delete from request_address')
  await db.pool.query('delete from request_key')
  expect((await ask(desk, `/receipts/${id}?copy=person`)).statusCode).toBe(404)
  const nobody = await rig.addTask({ outcome: 'not-found' })
  await rig.issue(nobody.requestId)
  const [row] = await rig.receiptsOf(nobody.requestId)
  expect((await ask(desk, `/receipts/${publicId('rcp', row!.receiptId)}?copy=person`)).statusCode).toBe(404)
})

async function copyOf(id: string): Promise<Required<ReceiptAnswer>> {
  const desk = await tokenFor(['requests:read', 'requests:write'])
  return receiptAnswer.required().parse((await ask(desk, `/receipts/${id}?copy=person`)).json())
}

test('whoever shows the copy is told what is left of the person, with proof of the log', async () => {
  const { id, subjectId } = await erased()
  const { jws, opening } = await copyOf(id)
  const token = await tokenFor(['subjects:read'])
  const open = async () => openedReceipt.parse((await ask(token, '/receipts/open', { jws, opening })).json())
  expect(await open()).toMatchObject({
    subject: {
      id: publicId('sub', subjectId),
      firstMonth: '2026-01',
      lastMonth: '2026-11',
      lifecycle: 'customer',
      lifetimeRevenue: { EUR: '12.50' },
    },
    keys: { readable: 0, inEscrow: 0 },
    isReadable: false,
    inclusion: null,
  })
  expect((await accesses()).map(({ body }) => body.door)).toContain('POST /api/v1/receipts/open')
  const { inclusion } = await proved(open)
  if (inclusion?.kind !== 'inclusion') throw new Error('not in the log')
  const { leaf, size, hashes } = inclusion
  const bytes = (text: string) => fromBase64(text)!
  const { rows } = await db.pool.query('select leaf_hash from audit_leaf where outbox_id = $1', [id.slice(4)])
  const leafHashOf = rows[0].leaf_hash
  expect(isSameHash(bytes(inclusion.leafHash), leafHashOf)).toBe(true)
  const proof = { leaf, size, leafHash: leafHashOf, root: bytes(inclusion.root), hashes: hashes.map(bytes) }
  expect(verifyInclusion(sha256, proof)).toBe(true)
})

/** Numbers and signs what is in the outbox, and asks again. */
async function proved<Answer>(open: () => Promise<Answer>): Promise<Answer> {
  const { pool } = db
  const { masterKey, newId } = rig.parts
  const now = () => new Date()
  const sequencing = { pool, now, newId, random: randomBytes, lastShown: () => null }
  await sequenceOutbox(sequencing, rig.workspaceId)
  await signCheckpoint({ pool, now, newId, masterKey, journal: null }, rig.workspaceId)
  return open()
}

test('says when a key still opens something', async () => {
  const { id, subjectId, requestId } = await erased()
  const { jws, opening } = await copyOf(id)
  const token = await tokenFor(['subjects:read'])
  const key = { key_id: rig.newId(), subject_id: subjectId, kek_version: 1, wrapped: randomBytes(61) }
  await rig.insert('escrowed_key', {
    ...key,
    request_id: requestId,
    destroy_after: new Date(),
    created_at: new Date(),
  })
  expect((await ask(token, '/receipts/open', { jws, opening })).json()).toMatchObject({
    keys: { readable: 0, inEscrow: 1 },
    isReadable: false,
  })
  await rig.insert('subject_key', { ...key, key_id: rig.newId(), created_at: new Date() })
  await db.pool.query('update subject set data_deleted_at = null')
  expect((await ask(token, '/receipts/open', { jws, opening })).json()).toMatchObject({
    keys: { readable: 1, inEscrow: 1 },
    isReadable: true,
  })
})

test('looks nobody up for a copy that does not verify, or that another workspace was given', async () => {
  const { id } = await erased()
  const { jws, opening } = await copyOf(id)
  const token = await tokenFor(['subjects:read'])
  const another = { ...opening, subjectId: publicId('sub', rig.newId()) }
  for (const payload of [
    { jws, opening: another },
    { jws: `${jws.slice(0, -2)}AA`, opening },
    { jws: 'garbage', opening },
  ]) {
    const answer = await ask(token, '/receipts/open', payload)
    expect([answer.statusCode, answer.json().code]).toEqual([422, 'receipt-not-verified'])
  }
  expect((await accesses()).map(({ body }) => body.door)).not.toContain('POST /api/v1/receipts/open')
  const stranger = rig.newId()
  await db.pool.query("insert into workspace (workspace_id, name, created_at) values ($1, 'x', now())", [
    stranger,
  ])
  const elsewhere = await tokenFor(['*'], stranger)
  expect((await ask(elsewhere, '/receipts/open', { jws, opening })).statusCode).toBe(404)
  expect((await ask(elsewhere, `/receipts/${id}`)).statusCode).toBe(404)
  expect((await ask(elsewhere, `/receipts/${id}?copy=person`)).statusCode).toBe(404)
})

test('asks for the scopes it says', async () => {
  const { id, requestId } = await erased()
  const none = await tokenFor(['events:read'])
  const paths = [`/receipts/${id}`, `/requests/${publicId('req', requestId)}/receipts`]
  for (const path of paths) expect((await ask(none, path)).statusCode).toBe(403)
  const opening = { subjectId: 'sub_x', nonce: 'x' }
  expect((await ask(none, '/receipts/open', { jws: 'x', opening })).statusCode).toBe(403)
  const token = await tokenFor(['requests:read'])
  for (const path of ['/receipts/rcp_x', `/requests/${publicId('req', rig.newId())}/receipts`])
    expect((await ask(token, path)).statusCode).toBe(404)
})
