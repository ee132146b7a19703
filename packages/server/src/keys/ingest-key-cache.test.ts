import { createSecretKey, randomBytes } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ingestKeyCache } from './ingest-key-cache.ts'

const keyNamed = (keyId: string) => ({
  keyId,
  subjectId: `of ${keyId}`,
  key: createSecretKey(randomBytes(32)),
})

test('holds no more than its limit, and lets the least recently used go first', () => {
  const cache = ingestKeyCache(2)
  const [a, b, c] = [keyNamed('a'), keyNamed('b'), keyNamed('c')]
  cache.put(a)
  cache.put(b)
  expect(cache.get('a')).toBe(a)
  cache.put(c)
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([a, null, c])
  expect(cache.size()).toBe(2)
})

test('a key put twice is held once, as it was put last', () => {
  const cache = ingestKeyCache(2)
  const again = keyNamed('a')
  cache.put(keyNamed('a'))
  cache.put(again)
  expect(cache.get('a')).toBe(again)
  expect(cache.size()).toBe(1)
})

test('a forgotten key is gone', () => {
  const cache = ingestKeyCache(2)
  cache.put(keyNamed('a'))
  cache.forget('a')
  cache.forget('unknown')
  expect(cache.get('a')).toBeNull()
})

test('nothing that reads personal data imports it', () => {
  const source = path.join(import.meta.dirname, '..')
  const readers = globSync('{asking,http,audit,access,jobs,requests}/**/*.ts', { cwd: source })
  const cachers = readers.filter((file) =>
    /ingest-key(s|-cache)\.ts'/.test(readFileSync(path.join(source, file), 'utf8')),
  )
  expect(cachers).toEqual([])
})
