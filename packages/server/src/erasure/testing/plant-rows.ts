import { randomBytes, randomUUID } from 'node:crypto'
import type pg from 'pg'
import type { ErasedPerson } from './erased-person.ts'

/** Puts one row of the person where none should be left. */
export type Plant = (pool: pg.Pool) => Promise<unknown>

type Plants = Readonly<Record<string, Plant>>

/** One for every table that an erase goes through, by its name; a new table makes a test ask for its own. */
export function plantRows(person: ErasedPerson): Plants {
  return { ...rowsOf(person), ...linksOf(person), ...keysOf(person), ...exportsOf(person) }
}

const at = new Date()
const sealed = randomBytes(40)

function insert(table: string, row: Record<string, unknown>): Plant {
  const columns = Object.keys(row)
  const places = columns.map((_, place) => `$${place + 1}`)
  const text = `insert into ${table} (${columns.join(', ')}) values (${places.join(', ')})`
  return (pool) => pool.query(text, Object.values(row))
}

function rowsOf({ workspaceId, root, keyIds }: ErasedPerson): Plants {
  const base = { workspace_id: workspaceId, subject_id: root, key_id: keyIds[0], sealed }
  const collected = { ...base, seq: 1, source_id: randomUUID() }
  const purchase = { ...collected, purchase_id: randomUUID(), kind: 'order', at, amount: 1 }
  const event = { ...collected, id: randomUUID(), type: 'track', event_at: at, received_at: at }
  const hold = { ...base, hold_id: randomUUID(), until_at: at, created_at: at, created_by: 'token:t' }
  return {
    event: insert('event', event),
    purchase: insert('purchase', purchase),
    hold: insert('hold', { ...hold, released_at: at, released_by: 'token:t' }),
    profile: (pool) =>
      pool.query(
        `insert into profile values ($1, $2, $3, $4, now())
         on conflict (workspace_id, subject_id) do update set sealed = excluded.sealed`,
        [workspaceId, root, keyIds[0], sealed],
      ),
  }
}

function linksOf({ workspaceId, root, keyIds }: ErasedPerson): Plants {
  const base = { workspace_id: workspaceId, subject_id: root }
  const claimed = { digest: randomBytes(16), digest_version: 1, kind: 'email', provenance: 'client', seq: 1 }
  const fact = { outbox_id: randomUUID(), kind: 'planted', occurred_at: at, actor: 'system', body: '{}' }
  const other = randomUUID()
  const alias = { absorbed: root, root: other, link_id: randomUUID(), provenance: 'client', seq: 1 }
  return {
    identifier: insert('identifier', { ...base, ...claimed, key_id: keyIds[0], sealed, created_at: at }),
    identifier_mention: insert('identifier_mention', { ...base, digest: randomBytes(16), created_at: at }),
    outbox: insert('outbox', { ...base, ...fact }),
    subject_alias: async (pool) => {
      await insert('subject', { workspace_id: workspaceId, subject_id: other, created_at: at })(pool)
      await insert('subject_alias', { workspace_id: workspaceId, ...alias, created_at: at })(pool)
    },
    subject_salt: insert('subject_salt', { ...base, salt: randomBytes(32) }),
  }
}

function keysOf({ workspaceId, root, keyIds, requestId }: ErasedPerson): Plants {
  const key = { workspace_id: workspaceId, kek_version: 1, wrapped: randomBytes(61), created_at: at }
  const escrowed = { ...key, request_id: requestId, destroy_after: at }
  const theirs = { subject_id: root, key_id: randomUUID() }
  const byItsId = { subject_id: randomUUID(), key_id: keyIds[0] }
  return {
    escrowed_key: insert('escrowed_key', { ...escrowed, ...theirs }),
    'escrowed_key by its id': insert('escrowed_key', { ...escrowed, ...byItsId }),
    subject_key: insert('subject_key', { ...key, ...theirs }),
    'subject_key by its id': insert('subject_key', { ...key, ...byItsId }),
  }
}

/** A piece hangs on an export, which here is somebody else's. */
function exportsOf({ workspaceId, root, keyIds, requestId, taskId }: ErasedPerson): Plants {
  const theirs = { workspace_id: workspaceId, subject_id: root, key_id: keyIds[0] }
  const others = { workspace_id: workspaceId, subject_id: randomUUID(), key_id: randomUUID() }
  const ready = { request_id: requestId, task_id: taskId, state: 'ready', expires_at: at, created_at: at }
  const [exportId, othersId] = [randomUUID(), randomUUID()]
  return {
    access_export: insert('access_export', { ...theirs, ...ready, export_id: exportId }),
    export_chunk: async (pool) => {
      await insert('access_export', { ...others, ...ready, export_id: othersId })(pool)
      await insert('export_chunk', { ...theirs, export_id: othersId, chunk_no: 0, sealed })(pool)
    },
  }
}
