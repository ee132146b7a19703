import { createSecretKey, randomBytes } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SealPlace } from './key-store.ts'
import { SEAL_OVERHEAD_BYTES, seal, UnsealError, unseal } from './seal.ts'

const key = createSecretKey(randomBytes(32))
const place: SealPlace = { workspaceId: 'w', keyId: 'k', table: 'event', rowId: 'r' }
const ivOf = (sealed: Buffer) => sealed.subarray(1, 13).toString('hex')

test('what was sealed opens at its place, byte for byte', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (content) => {
      const sealed = seal(key, place, Buffer.from(content))
      expect(sealed.length).toBe(content.length + SEAL_OVERHEAD_BYTES)
      expect(unseal(key, place, sealed)).toEqual(Buffer.from(content))
    }),
  )
})

test('text is sealed as UTF-8', () => {
  expect(unseal(key, place, seal(key, place, 'Ærø 👋')).toString('utf8')).toBe('Ærø 👋')
})

test('does not open at any other place, even one whose parts join to the same text', () => {
  const part = fc.string({ maxLength: 4 })
  const places = fc.record({ workspaceId: part, keyId: part, table: part, rowId: part })
  fc.assert(
    fc.property(places, places, (here, there) => {
      fc.pre(JSON.stringify(here) !== JSON.stringify(there))
      expect(() => unseal(key, there, seal(key, here, 'secret'))).toThrow(UnsealError)
    }),
  )
  const shifted = { ...place, table: 'event1', rowId: '' }
  expect(() => unseal(key, shifted, seal(key, { ...place, table: 'event', rowId: '1' }, 'x'))).toThrow(
    UnsealError,
  )
})

test('does not open with one bit changed, anywhere', () => {
  const sealed = seal(key, place, 'a secret of some length')
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const changed = Buffer.from(sealed)
    changed[bit >> 3]! ^= 1 << (bit & 7)
    expect(() => unseal(key, place, changed)).toThrow(UnsealError)
  }
})

test('does not open when cut short or made longer', () => {
  const sealed = seal(key, place, 'a secret')
  for (let length = 0; length < sealed.length; length += 1) {
    expect(() => unseal(key, place, sealed.subarray(0, length))).toThrow(UnsealError)
  }
  expect(() => unseal(key, place, Buffer.concat([sealed, Buffer.of(0)]))).toThrow(UnsealError)
})

test('the error of another key says nothing of the content, the ids or the key', () => {
  const sealed = seal(key, { ...place, rowId: 'row-77' }, 'a secret')
  const open = () => unseal(createSecretKey(randomBytes(32)), { ...place, rowId: 'row-77' }, sealed)
  expect(open).toThrow('a sealed value of event does not open: wrong key, wrong place, or damaged')
})

test('no IV is used twice, across more seals than one draw holds', () => {
  const ivs = new Set(Array.from({ length: 10_000 }, () => ivOf(seal(key, place, ''))))
  expect(ivs.size).toBe(10_000)
})

test('a worker thread draws IVs of its own', async () => {
  const source = `
    const { seal } = await import(${JSON.stringify(new URL('seal.ts', import.meta.url).href)})
    const { createSecretKey } = await import('node:crypto')
    const { parentPort } = await import('node:worker_threads')
    const place = { workspaceId: 'w', keyId: 'k', table: 't', rowId: 'r' }
    const key = createSecretKey(Buffer.alloc(32))
    parentPort.postMessage(Array.from({ length: 100 }, () => seal(key, place, '').subarray(1, 13).toString('hex')))`
  const ivsOfWorker = () =>
    new Promise<string[]>((resolve, reject) => {
      const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`))
      worker.once('message', resolve).once('error', reject)
    })
  const both = (await Promise.all([ivsOfWorker(), ivsOfWorker()])).flat()
  expect(new Set(both).size).toBe(200)
})
