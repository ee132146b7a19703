import type { Provenance } from '@heed/core'
import type pg from 'pg'
import type { WrappedKey } from '../keys/key-store.ts'
import type { VersionedDigest } from '../suppression/suppressions.store.ts'

export type NewIdentifier = {
  readonly digest: Buffer
  readonly digestVersion: number
  readonly kind: string
  readonly subjectId: string
  readonly keyId: string
  readonly sealed: Buffer
}

export type NewSubject = { readonly subjectId: string; readonly hasUserId: boolean; readonly key: WrappedKey }

/** Who is who. Whoever calls these holds the gate, shared or alone; lock order is gate, roots, identifiers (each sorted). */
export function subjectsIn(client: pg.ClientBase, workspaceId: string) {
  return {
    /** Gives unowned identifiers their owner; those that somebody else claimed meanwhile are left and not in the answer. */
    async claim(
      identifiers: readonly NewIdentifier[],
      provenance: Provenance,
      linkId: string | null,
    ): Promise<Set<string>> {
      const result = await client.query<{ digest: Buffer }>(
        `insert into identifier (workspace_id, digest, digest_version, kind, subject_id, key_id, sealed, provenance, link_id, seq, created_at)
         select $1, n.digest, n.version, n.kind, n.subject_id, n.key_id, n.sealed, $8, $9, nextval('fact_seq'), clock_timestamp()
         from (select * from unnest($2::bytea[], $3::smallint[], $4::text[], $5::uuid[], $6::uuid[], $7::bytea[])
                 as u(digest, version, kind, subject_id, key_id, sealed) order by digest) n
         on conflict do nothing
         returning digest`,
        [
          workspaceId,
          identifiers.map(({ digest }) => digest),
          identifiers.map(({ digestVersion }) => digestVersion),
          identifiers.map(({ kind }) => kind),
          identifiers.map(({ subjectId }) => subjectId),
          identifiers.map(({ keyId }) => keyId),
          identifiers.map(({ sealed }) => sealed),
          provenance,
          linkId,
        ],
      )
      return new Set(result.rows.map(({ digest }) => digest.toString('hex')))
    },

    async create(subjects: readonly NewSubject[]): Promise<void> {
      await client.query(
        `with person as (
           insert into subject (workspace_id, subject_id, has_user_id, created_at)
           select $1, subject_id, has_user_id, clock_timestamp() from unnest($2::uuid[], $3::boolean[]) as u(subject_id, has_user_id)
           on conflict do nothing)
         insert into subject_key (workspace_id, key_id, subject_id, kek_version, wrapped, created_at)
         select $1, key_id, subject_id, kek_version, wrapped, clock_timestamp()
         from unnest($4::uuid[], $2::uuid[], $5::integer[], $6::bytea[]) as u(key_id, subject_id, kek_version, wrapped)`,
        [
          workspaceId,
          subjects.map(({ subjectId }) => subjectId),
          subjects.map(({ hasUserId }) => hasUserId),
          subjects.map(({ key }) => key.keyId),
          subjects.map(({ key }) => key.kekVersion),
          subjects.map(({ key }) => key.wrapped),
        ],
      )
    },

    /** Two links that touch one person wait for each other here; sorted, so that they never wait in a circle. */
    async lockRoots(roots: readonly string[]): Promise<void> {
      await client.query(
        'select 1 from subject where workspace_id = $1 and subject_id = any($2::uuid[]) order by subject_id for update',
        [workspaceId, roots],
      )
    },

    async markUserIds(subjectIds: readonly string[]): Promise<void> {
      await client.query(
        'update subject set has_user_id = true where workspace_id = $1 and subject_id = any($2::uuid[]) and not has_user_id',
        [workspaceId, subjectIds],
      )
    },

    /** A merge is this one row; both are locked roots. */
    async absorb(link: {
      absorbed: string
      root: string
      linkId: string
      provenance: Provenance
    }): Promise<void> {
      await client.query(
        `with merged as (
           insert into subject_alias (workspace_id, absorbed, root, link_id, provenance, seq, created_at)
           values ($1, $2, $3, $4, $5, nextval('fact_seq'), clock_timestamp())
           returning workspace_id, absorbed, root)
         update subject r set has_user_id = true
         from merged m join subject a on a.workspace_id = m.workspace_id and a.subject_id = m.absorbed
         where r.workspace_id = m.workspace_id and r.subject_id = m.root and a.has_user_id and not r.has_user_id`,
        [workspaceId, link.absorbed, link.root, link.linkId, link.provenance],
      )
    },

    async hasLink(linkId: string): Promise<boolean> {
      const result = await client.query(
        'select from subject_alias where workspace_id = $1 and link_id = $2',
        [workspaceId, linkId],
      )
      return result.rowCount === 1
    },

    /** Undoes a merge; whether either side still has a user id is read afresh. Null when there is no such link. */
    async part(linkId: string): Promise<{ root: string; at: Date } | null> {
      const result = await client.query<{ absorbed: string; root: string; at: Date }>(
        `delete from subject_alias where workspace_id = $1 and link_id = $2
         returning absorbed, root, clock_timestamp() as at`,
        [workspaceId, linkId],
      )
      const parted = result.rows[0]
      if (parted === undefined) return null
      await client.query(
        `update subject s set has_user_id = exists (
           select 1 from subject_fragments($1, s.subject_id) as f(fragment)
           join identifier i on i.workspace_id = $1 and i.subject_id = f.fragment and i.kind = 'userId')
         where s.workspace_id = $1 and s.subject_id in ($2, subject_root($1, $3))`,
        [workspaceId, parted.absorbed, parted.root],
      )
      return parted
    },

    /** The value is sealed anew: it must not hang on the key of the person it leaves. */
    async move(identifier: NewIdentifier, provenance: Provenance): Promise<void> {
      await client.query(
        `update identifier set subject_id = $3, key_id = $4, sealed = $5, provenance = $6, seq = nextval('fact_seq'), link_id = null
         where workspace_id = $1 and digest = $2`,
        [
          workspaceId,
          identifier.digest,
          identifier.subjectId,
          identifier.keyId,
          identifier.sealed,
          provenance,
        ],
      )
    },

    async mention(digests: readonly Buffer[], subjectId: string): Promise<void> {
      await client.query(
        `insert into identifier_mention (workspace_id, digest, subject_id, created_at)
         select $1, digest, $3, clock_timestamp() from unnest($2::bytea[]) as digest on conflict do nothing`,
        [workspaceId, digests, subjectId],
      )
    },

    /** Every digest of these people: of all their fragments, through every merge. */
    async closure(roots: readonly string[]): Promise<VersionedDigest[]> {
      const result = await client.query<VersionedDigest>(
        `select i.digest, i.digest_version as version from unnest($2::uuid[]) as r(root), subject_fragments($1, r.root) as f(fragment)
         join identifier i on i.workspace_id = $1 and i.subject_id = f.fragment
         order by i.digest`,
        [workspaceId, roots],
      )
      return result.rows
    },

    async rootsOf(fragments: readonly string[]): Promise<string[]> {
      const result = await client.query<{ root: string }>(
        'select distinct subject_root($1, fragment) as root from unnest($2::uuid[]) as fragment',
        [workspaceId, fragments],
      )
      return result.rows.map(({ root }) => root)
    },

    async fragments(roots: readonly string[]): Promise<string[]> {
      const result = await client.query<{ fragment: string }>(
        'select f.fragment from unnest($2::uuid[]) as r(root), subject_fragments($1, r.root) as f(fragment)',
        [workspaceId, roots],
      )
      return result.rows.map(({ fragment }) => fragment)
    },
  }
}
