import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import type { GateRig } from '../../testing/gate-rig.ts'
import type { ErasedPerson } from './erased-person.ts'

/** Puts one row of the person where none should be left. */
export type Plant = (pool: pg.Pool) => Promise<unknown>

/** One for every table that an erase goes through, by its name; a new table makes a test ask for its own. */
export function plantRows(rig: GateRig, person: ErasedPerson): Readonly<Record<string, Plant>> {
  const { workspaceId, requestId, taskId, root } = person
  const [keyId = ''] = person.keyIds
  const sealed = randomBytes(40)
  const wrapped = randomBytes(61)
  const [exportId, chunkedId] = [rig.newId(), rig.newId()]
  const insert = (table: string, row: Record<string, unknown>): Plant => {
    const columns = Object.keys(row)
    const places = columns.map((_, at) => `$${at + 1}`)
    const text = `insert into ${table} (${columns.join(', ')}) values (${places.join(', ')})`
    return (pool) => pool.query(text, Object.values(row))
  }
  const at = new Date()
  const base = { workspace_id: workspaceId, subject_id: root }
  const key = { workspace_id: workspaceId, kek_version: 1, wrapped, created_at: at }
  const escrowed = { ...key, request_id: requestId, destroy_after: at }
  const anExport = {
    ...base,
    export_id: exportId,
    request_id: requestId,
    task_id: taskId,
    key_id: keyId,
    state: 'ready',
  }
  const chunk = { ...base, export_id: chunkedId, chunk_no: 0, key_id: keyId, sealed }
  const purchase = {
    ...base,
    seq: 1,
    key_id: keyId,
    source_id: rig.client.sourceId,
    kind: 'order',
    at,
    amount: 1,
    sealed,
  }
  const event = {
    ...base,
    seq: 1,
    key_id: keyId,
    source_id: rig.client.sourceId,
    type: 'track',
    event_at: at,
    received_at: at,
    sealed,
  }
  const identifier = {
    ...base,
    digest: randomBytes(16),
    digest_version: 1,
    kind: 'email',
    key_id: keyId,
    sealed,
    provenance: 'client',
    seq: 1,
    created_at: at,
  }
  const fact = {
    ...base,
    outbox_id: rig.newId(),
    kind: 'planted',
    occurred_at: at,
    actor: 'system',
    body: '{}',
  }
  return {
    access_export: insert('access_export', { ...anExport, expires_at: at, created_at: at }),
    escrowed_key: insert('escrowed_key', { ...escrowed, subject_id: root, key_id: rig.newId() }),
    'escrowed_key by its id': insert('escrowed_key', { ...escrowed, subject_id: rig.newId(), key_id: keyId }),
    event: insert('event', { ...event, id: rig.newId() }),
    export_chunk: async (pool) => {
      await insert('access_export', {
        ...anExport,
        export_id: chunkedId,
        key_id: rig.newId(),
        subject_id: rig.newId(),
        expires_at: at,
        created_at: at,
      })(pool)
      await insert('export_chunk', chunk)(pool)
    },
    hold: insert('hold', {
      ...base,
      hold_id: rig.newId(),
      key_id: keyId,
      sealed,
      until_at: at,
      created_at: at,
      created_by: 'token:t',
      released_at: at,
      released_by: 'token:t',
    }),
    identifier: insert('identifier', identifier),
    identifier_mention: insert('identifier_mention', { ...base, digest: randomBytes(16), created_at: at }),
    outbox: insert('outbox', fact),
    profile: (pool) =>
      pool.query(
        `insert into profile values ($1, $2, $3, $4, now()) on conflict (workspace_id, subject_id) do update set sealed = excluded.sealed`,
        [workspaceId, root, keyId, sealed],
      ),
    purchase: insert('purchase', { ...purchase, purchase_id: rig.newId() }),
    subject_alias: async (pool) => {
      const other = rig.newId()
      await insert('subject', { workspace_id: workspaceId, subject_id: other, created_at: at })(pool)
      await insert('subject_alias', {
        workspace_id: workspaceId,
        absorbed: root,
        root: other,
        link_id: rig.newId(),
        provenance: 'client',
        seq: 1,
        created_at: at,
      })(pool)
    },
    subject_key: insert('subject_key', { ...key, subject_id: root, key_id: rig.newId() }),
    'subject_key by its id': insert('subject_key', { ...key, subject_id: rig.newId(), key_id: keyId }),
    subject_salt: insert('subject_salt', { ...base, salt: randomBytes(32) }),
  }
}
