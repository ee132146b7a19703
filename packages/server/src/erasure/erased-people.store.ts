import type { Provenance } from '@heed/core'
import type pg from 'pg'

/** An identifier as its row has it, apart from the person and workspace. Sequence numbers are decimal text. */
export type IdentifierRow = {
  readonly digest: Buffer
  readonly version: number
  readonly kind: string
  readonly subjectId: string
  readonly keyId: string | null
  readonly sealed: Buffer | null
  readonly provenance: Provenance
  readonly linkId: string | null
  readonly seq: string
  /** As PostgreSQL writes it: a Date would lose its microseconds. */
  readonly createdAt: string
}

const COLUMNS = `digest, digest_version as version, kind, subject_id as "subjectId", key_id as "keyId", sealed, provenance,
  link_id as "linkId", seq, created_at::text as "createdAt"`

/** A place in the order of facts, and the database's time there. */
export type Moment = { readonly seq: number; readonly at: Date }

/** What erasing does to the rows that say who somebody is. With the gate taken alone. */
export function erasedPeopleIn(client: Pick<pg.ClientBase, 'query'>, workspaceId: string) {
  return {
    async moment(): Promise<Moment> {
      const { rows } = await client.query<{ seq: string; at: Date }>(
        "select nextval('fact_seq') as seq, clock_timestamp() as at",
      )
      const [row] = rows
      if (row === undefined) throw new TypeError('a select without a table answers one row')
      return { seq: Number(row.seq), at: row.at }
    },

    async root(subjectId: string): Promise<{ readonly root: string; readonly isErased: boolean } | null> {
      const { rows } = await client.query<{ root: string; isErased: boolean }>(
        `select r.root, s.data_deleted_at is not null as "isErased"
         from (select subject_root($1, $2) as root) r
         join subject s on s.workspace_id = $1 and s.subject_id = r.root`,
        [workspaceId, subjectId],
      )
      return rows[0] ?? null
    },

    /** Whoever is brought back has no region noted in the clear. */
    async mark(fragments: readonly string[], deletedAt: Date | null): Promise<void> {
      await client.query(
        `update subject set data_deleted_at = $3::timestamptz, region = case when $3::timestamptz is not null then region end
         where workspace_id = $1 and subject_id = any($2::uuid[])`,
        [workspaceId, fragments, deletedAt],
      )
    },

    async takeIdentifiers(fragments: readonly string[]): Promise<readonly IdentifierRow[]> {
      const { rows } = await client.query<IdentifierRow>(
        `with taken as (delete from identifier where workspace_id = $1 and subject_id = any($2::uuid[]) returning *)
         select ${COLUMNS} from taken order by taken.seq, digest`,
        [workspaceId, fragments],
      )
      return rows
    },

    /** As they were. Those that somebody owns meanwhile must not be among them. */
    async returnIdentifiers(identifiers: readonly IdentifierRow[]): Promise<void> {
      const column = <Key extends keyof IdentifierRow>(key: Key) => identifiers.map((row) => row[key])
      await client.query(
        `insert into identifier (workspace_id, digest, digest_version, kind, subject_id, key_id, sealed, provenance, link_id, seq, created_at)
         select $1, u.* from unnest($2::bytea[], $3::smallint[], $4::text[], $5::uuid[], $6::uuid[], $7::bytea[], $8::text[],
           $9::uuid[], $10::bigint[], $11::timestamptz[]) as u`,
        [
          workspaceId,
          column('digest'),
          column('version'),
          column('kind'),
          column('subjectId'),
          column('keyId'),
          column('sealed'),
          column('provenance'),
          column('linkId'),
          column('seq'),
          column('createdAt'),
        ],
      )
    },

    /** Who owns these digests now: the roots, by digest in hex. */
    async ownersOf(digests: readonly Buffer[]): Promise<ReadonlyMap<string, string>> {
      const { rows } = await client.query<{ digest: Buffer; root: string }>(
        `select digest, subject_root($1, subject_id) as root from identifier
         where workspace_id = $1 and digest = any($2::bytea[])`,
        [workspaceId, digests],
      )
      return new Map(rows.map(({ digest, root }) => [digest.toString('hex'), root]))
    },

    /** Of these parts only: another person of the same request may still be held. */
    async endRestrictions(requestId: string, fragments: readonly string[], until: Date): Promise<void> {
      await client.query(
        `update restriction set until_at = $4
         where workspace_id = $1 and request_id = $2 and subject_id = any($3::uuid[]) and until_at is null`,
        [workspaceId, requestId, fragments, until],
      )
    },
  }
}
