import { createSecretKey, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { digestRing } from '../identity/digest-ring.ts'
import { explainIdentifier } from './explain-identifier.ts'
import { askingWorld } from './testing/asking-world.ts'

const world = await askingWorld()

const version = (number: number) => ({
  version: number,
  normaliser: 1,
  key: createSecretKey(randomBytes(32)),
})

test('finds a "no" that was said under an older version of the digests', async () => {
  const older = version(1)
  const identifier = { kind: 'userId', value: 'u1' }
  const cause = await world.suppress([])
  const asker = { workspaceId: world.workspaceId(), actor: 'system', door: 'test', mayReadRestricted: true }
  await world.db.pool.query(
    `insert into suppression (workspace_id, digest, scope, cause, digest_version, from_seq, from_at)
     select workspace_id, $1, scope, cause, 1, from_seq, from_at from suppression_cause`,
    [digestRing([older]).digest(identifier)],
  )
  const ring = digestRing([older, version(2)])
  const answer = await explainIdentifier({ ...world.asking, digestsOf: async () => ring }, asker, identifier)
  expect(answer).toMatchObject({ suppressed: true, causes: [{ cause }] })
})
