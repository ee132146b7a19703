import { randomUUID } from 'node:crypto'
import type { KeyStore, SubjectKey } from '../../keys/key-store.ts'
import { seal } from '../../keys/seal.ts'
import type { Asking } from '../asking.ts'

type Named = { readonly kind: string; readonly value: string }

export type TestPerson = { readonly subjectId: string; readonly id: string; readonly key: SubjectKey }

type TestEvent = {
  readonly name?: string | null
  readonly type?: string
  readonly at?: Date
  readonly content?: object
  readonly sourceId?: string
}

type Suppression = {
  readonly by?: TestPerson
  readonly scope?: string
  readonly from?: Date
  readonly until?: Date | null
}

const EARLIER = new Date('2026-11-20T12:00:00Z')

/** Puts people, events and suppressions into the store as collection leaves them there. */
export function peopleOf({
  asking: { pool, newId, digestsOf },
  keys,
  workspaceId,
}: {
  asking: Asking
  keys: KeyStore
  workspaceId: () => string
}) {
  const digest = async ({ kind, value }: Named) => {
    const [digest] = (await digestsOf(workspaceId())).allDigests({ kind, value })
    return digest ?? Buffer.alloc(16)
  }
  const sealedFor = (key: SubjectKey, place: { table: string; rowId: string }, text: string) =>
    seal(key.key, { workspaceId: workspaceId(), keyId: key.keyId, ...place }, text)

  return {
    digest,

    async person(...identifiers: Named[]): Promise<TestPerson> {
      const subjectId = newId()
      const { key, row } = await keys.mint(workspaceId(), { keyId: newId(), subjectId })
      await pool.query('insert into subject (workspace_id, subject_id, created_at) values ($1, $2, $3)', [
        workspaceId(),
        subjectId,
        EARLIER,
      ])
      await pool.query(
        `insert into subject_key (workspace_id, key_id, subject_id, kek_version, wrapped, created_at)
         values ($1, $2, $3, $4, $5, $6)`,
        [workspaceId(), row.keyId, subjectId, row.kekVersion, row.wrapped, EARLIER],
      )
      for (const identifier of identifiers) {
        const bytes = await digest(identifier)
        const place = { table: 'identifier', rowId: bytes.toString('hex') }
        await pool.query(
          `insert into identifier (workspace_id, digest, digest_version, kind, subject_id, sealed, key_id, provenance, seq, created_at)
           values ($1, $2, 1, $3, $4, $5, $6, 'client', nextval('fact_seq'), $7)`,
          [
            workspaceId(),
            bytes,
            identifier.kind,
            subjectId,
            sealedFor(key, place, identifier.value),
            row.keyId,
            EARLIER,
          ],
        )
      }
      return { subjectId, id: `sub_${subjectId}`, key }
    },

    async mention(person: TestPerson, identifier: Named) {
      await pool.query(
        'insert into identifier_mention (workspace_id, digest, subject_id, created_at) values ($1, $2, $3, $4)',
        [workspaceId(), await digest(identifier), person.subjectId, EARLIER],
      )
    },

    async merge(absorbed: TestPerson, root: TestPerson) {
      await pool.query(
        `insert into subject_alias (workspace_id, absorbed, root, link_id, provenance, seq, created_at)
         values ($1, $2, $3, $4, 'server', nextval('fact_seq'), $5)`,
        [workspaceId(), absorbed.subjectId, root.subjectId, randomUUID(), EARLIER],
      )
    },

    async profile(person: TestPerson, traits: Record<string, { value: unknown; at: number }>) {
      const place = { table: 'profile', rowId: person.subjectId }
      await pool.query(
        'insert into profile (workspace_id, subject_id, key_id, sealed, updated_at) values ($1, $2, $3, $4, $5)',
        [
          workspaceId(),
          person.subjectId,
          person.key.keyId,
          sealedFor(person.key, place, JSON.stringify({ traits })),
          EARLIER,
        ],
      )
    },

    /** The id of the first source. */
    async sourceId(): Promise<string> {
      const { rows } = await pool.query('select source_id from source where workspace_id = $1', [
        workspaceId(),
      ])
      return rows[0].source_id
    },

    async event(person: TestPerson, event: TestEvent = {}): Promise<string> {
      const { name = 'Viewed', type = 'track', at = EARLIER, content = {} } = event
      const id = newId()
      const sealed = sealedFor(person.key, { table: 'event', rowId: id }, JSON.stringify(content))
      await pool.query(
        `insert into event (workspace_id, id, seq, subject_id, key_id, source_id, type, name, event_at, received_at, sealed)
         select $1, $2, nextval('fact_seq'), $3, $4, coalesce($5, source_id), $6, $7, $8, $8, $9
         from source where workspace_id = $1 limit 1`,
        [
          workspaceId(),
          id,
          person.subjectId,
          person.key.keyId,
          event.sourceId ?? null,
          type,
          name,
          at,
          sealed,
        ],
      )
      return `evt_${id}`
    },

    /** One cause over these identifiers; its id. */
    async suppress(identifiers: readonly Named[], options: Suppression = {}): Promise<string> {
      const { by = null, scope = workspaceId(), from = EARLIER, until = null } = options
      const cause = newId()
      await pool.query(
        `insert into suppression_cause (workspace_id, cause, kind, scope, subject_id, actor, from_seq, from_at, until_seq, until_at, lifted_by)
         values ($1, $2, 'opt-out-event', $3, $4, 'system', nextval('fact_seq'), $5,
                 case when $6::timestamptz is null then null else nextval('fact_seq') end, $6,
                 case when $6::timestamptz is null then null else 'system' end)`,
        [workspaceId(), cause, scope, by?.subjectId ?? null, from, until],
      )
      for (const identifier of identifiers) {
        await pool.query(
          `insert into suppression (workspace_id, digest, scope, cause, digest_version, from_seq, from_at, until_seq, until_at)
           select workspace_id, $3, scope, cause, 1, from_seq, from_at, until_seq, until_at
           from suppression_cause where workspace_id = $1 and cause = $2`,
          [workspaceId(), cause, await digest(identifier)],
        )
      }
      return `cau_${cause}`
    },

    /** What one ingest batch refused. */
    async dropBatch(items: readonly { reason: string; digest: Buffer; sourceId: string }[], at = EARLIER) {
      await pool.query(
        'insert into drop_batch (workspace_id, at, source_ids, reasons, digests) values ($1, $2, $3, $4, $5)',
        [
          workspaceId(),
          at,
          items.map(({ sourceId }) => sourceId),
          items.map(({ reason }) => reason),
          items.map(({ digest }) => digest),
        ],
      )
    },

    /** What a request to restrict leaves of a person's reading; null lifts it. */
    async restrict(person: TestPerson, until: Date | null = null) {
      const requestId = newId()
      await pool.query(
        `insert into request (workspace_id, request_id, type, status, actor, identifier_count, created_at, due_at)
         values ($1, $2, 'restrict', 'running', 'system', 1, $3, $3)`,
        [workspaceId(), requestId, EARLIER],
      )
      await pool.query(
        'insert into restriction (workspace_id, subject_id, request_id, since, until_at) values ($1, $2, $3, $4, $5)',
        [workspaceId(), person.subjectId, requestId, EARLIER, until],
      )
    },

    /** What T0 of an erasure does to a person: marked, and the key taken away. */
    async erase(person: TestPerson) {
      await pool.query(
        'update subject set data_deleted_at = $3 where workspace_id = $1 and subject_id = $2',
        [workspaceId(), person.subjectId, EARLIER],
      )
      await pool.query('delete from subject_key where workspace_id = $1 and subject_id = $2', [
        workspaceId(),
        person.subjectId,
      ])
    },
  }
}
