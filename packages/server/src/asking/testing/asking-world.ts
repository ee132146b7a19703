import { randomBytes } from 'node:crypto'
import { newUuid } from '@heed/core'
import { beforeEach } from 'vitest'
import { askingDoors } from '../../http/asking/asking-doors.ts'
import { ADMIN_TOKEN, testApp } from '../../http/testing/test-app.ts'
import { digestRings } from '../../identity/open-digest-ring.ts'
import { masterKey } from '../../keys/master-key.ts'
import { openKeyStore } from '../../keys/open-key-store.ts'
import { testDatabase } from '../../testing/test-database.ts'
import type { Asking } from '../asking.ts'
import { peopleOf } from './people-of.ts'

/** The time by the clock of these tests. */
export const NOW = new Date('2026-11-21T12:00:00Z')

const HEADERS = { authorization: `Bearer ${ADMIN_TOKEN}` }

/** The asking doors over a real database, with a workspace of its own and nobody in it for every test. */
export async function askingWorld() {
  const db = await testDatabase()
  const key = masterKey(randomBytes(32))
  const now = () => NOW
  const keys = openKeyStore({
    connection: { connectionString: db.url, idleTimeoutMillis: 100 },
    masterKey: key,
    now,
    random: randomBytes,
    onConnectionLost: () => {},
  })
  const digestsOf = digestRings({ db: db.pool, masterKey: key, now, random: randomBytes })
  const newId = () => newUuid(Date.now(), randomBytes)
  const asking: Asking = { pool: db.pool, keys, digestsOf, now, newId }
  const { app, output, seed } = await testApp(db.pool, (app) => askingDoors(app, asking))

  const state = { workspaceId: '' }
  beforeEach(async () => {
    await db.pool.query('insert into master_key (master_key_id, created_at) values ($1, $2)', [key.id, NOW])
    state.workspaceId = await seed()
  })
  const workspaceId = () => state.workspaceId
  return {
    db,
    asking,
    output,
    workspaceId,
    ...peopleOf({ asking, keys, workspaceId }),
    get: (url: string) => app.inject({ method: 'GET', url: `/api/v1${url}`, headers: HEADERS }),
    post: (url: string, payload: object) =>
      app.inject({ method: 'POST', url: `/api/v1${url}`, headers: HEADERS, payload }),
    /** Asks with a token of its own that can do this and no more. */
    async asToken(scopes: readonly string[]) {
      const payload = { name: 'limited', scopes, expiresAt: null }
      const made = await app.inject({ method: 'POST', url: '/api/v1/tokens', headers: HEADERS, payload })
      const headers = { authorization: `Bearer ${made.json().token}` }
      return {
        get: (url: string) => app.inject({ method: 'GET', url: `/api/v1${url}`, headers }),
        post: (url: string, payload: object) =>
          app.inject({ method: 'POST', url: `/api/v1${url}`, headers, payload }),
      }
    },
    /** Bodies of the facts about looks at personal data, oldest first, with the person. */
    async looks() {
      const { rows } = await db.pool.query<{ body: object; subject_id: string | null; actor: string }>(
        `select body, subject_id, actor from outbox where kind = 'access-to-personal-data' order by seq`,
      )
      return rows
    },
  }
}
