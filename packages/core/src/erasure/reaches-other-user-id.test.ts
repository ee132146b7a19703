import { expect, test } from 'vitest'
import { type OwnedUserId, reachesOtherUserId } from './reaches-other-user-id.ts'

const userId = (digest: string, fragment: string, provenance: OwnedUserId['provenance'] = 'client') => ({
  digest,
  fragment,
  provenance,
})
const merge = (absorbed: string, root: string, provenance: OwnedUserId['provenance']) => ({
  absorbed,
  root,
  provenance,
})
const asks = (userIds: readonly OwnedUserId[], ...named: string[]) =>
  reachesOtherUserId({ userIds, merges: [] }, new Set(named))

test('one user id is nobody else, whoever has said it and whatever was named', () => {
  expect(asks([userId('u1', 'p1')])).toBe(false)
  expect(asks([userId('u1', 'p1')], 'u1')).toBe(false)
  expect(asks([])).toBe(false)
})

test('a second user id in the same part waits when only a public key has put it there', () => {
  expect(asks([userId('u1', 'p1'), userId('u2', 'p1')], 'u1')).toBe(true)
  expect(asks([userId('u1', 'p1'), userId('u2', 'p1')], 'u2')).toBe(true)
  expect(asks([userId('u1', 'p1'), userId('u2', 'p1')])).toBe(true)
  expect(asks([userId('u1', 'p1'), userId('u2', 'p1', 'server')], 'u1')).toBe(false)
})

test('whoever names both means both', () => {
  expect(asks([userId('u1', 'p1'), userId('u2', 'p1')], 'u1', 'u2')).toBe(false)
})

test('a merge is followed when a server or the person has said it, through parts without a user id', () => {
  const userIds = [userId('u1', 'p1'), userId('u2', 'p2')]
  const through = (...provenances: OwnedUserId['provenance'][]) =>
    reachesOtherUserId(
      { userIds, merges: [merge('p1', 'p3', provenances[0]!), merge('p3', 'p2', provenances[1]!)] },
      new Set(['u1']),
    )
  expect(through('server', 'verified')).toBe(false)
  expect(through('server', 'client')).toBe(true)
  expect(through('client', 'server')).toBe(true)
})
