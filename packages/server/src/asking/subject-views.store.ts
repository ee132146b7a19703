import type pg from 'pg'

export type FoundRow = { readonly subject_id: string; readonly is_owner: boolean; readonly created_at: Date }

export type FragmentRow = {
  readonly subject_id: string
  readonly created_at: Date
  readonly data_deleted_at: Date | null
}

export type IdentifierRow = {
  readonly digest: Buffer
  readonly kind: string
  readonly provenance: 'client' | 'server' | 'verified'
  readonly sealed: Buffer | null
  readonly key_id: string | null
  readonly created_at: Date
}

export type ProfileRow = { readonly subject_id: string; readonly key_id: string; readonly sealed: Buffer }

/** A user id that stands for everybody merged into one root. */
export type UserIdRow = IdentifierRow & { readonly root_id: string }

const IDENTIFIER = 'i.digest, i.kind, i.provenance, i.sealed, i.key_id, i.created_at'

/** Reads people with everything that was merged into them. Erased ones are found by id only, never by an identifier. */
export function subjectViewsIn(db: Pick<pg.Pool, 'query'>) {
  return {
    /** Whom these digests lead to: who owns one, and who named one that belongs to another. At most 1,000. */
    async found(workspaceId: string, digests: readonly Buffer[]): Promise<readonly FoundRow[]> {
      const { rows } = await db.query<FoundRow>(
        `select s.subject_id, bool_or(named.is_owner) as is_owner, s.created_at
         from (
           select subject_root($1, subject_id) as root, true as is_owner
           from identifier where workspace_id = $1 and digest = any($2::bytea[])
           union all
           select subject_root($1, subject_id), false
           from identifier_mention where workspace_id = $1 and digest = any($2::bytea[])
         ) as named
         join subject s on s.workspace_id = $1 and s.subject_id = named.root
         where s.data_deleted_at is null
         group by s.subject_id, s.created_at
         order by is_owner desc, s.created_at, s.subject_id
         limit 1000`,
        [workspaceId, digests],
      )
      return rows
    },

    /** The root of a person or of a part of one; null when there is no such person here. */
    async rootOf(workspaceId: string, subjectId: string): Promise<string | null> {
      const { rows } = await db.query<{ root: string }>(
        'select subject_root($1, subject_id) as root from subject where workspace_id = $1 and subject_id = $2',
        [workspaceId, subjectId],
      )
      return rows[0]?.root ?? null
    },

    async fragmentIds(workspaceId: string, root: string): Promise<readonly string[]> {
      const { rows } = await db.query<{ id: string }>('select id from subject_fragments($1, $2) as id', [
        workspaceId,
        root,
      ])
      return rows.map(({ id }) => id)
    },

    async fragments(workspaceId: string, ids: readonly string[]): Promise<readonly FragmentRow[]> {
      const { rows } = await db.query<FragmentRow>(
        `select subject_id, created_at, data_deleted_at from subject
         where workspace_id = $1 and subject_id = any($2::uuid[])`,
        [workspaceId, ids],
      )
      return rows
    },

    async identifiers(workspaceId: string, fragments: readonly string[]): Promise<readonly IdentifierRow[]> {
      const { rows } = await db.query<IdentifierRow>(
        `select ${IDENTIFIER} from identifier i
         where i.workspace_id = $1 and i.subject_id = any($2::uuid[]) order by i.seq, i.digest`,
        [workspaceId, fragments],
      )
      return rows
    },

    /** The first user id of each root. */
    async userIds(workspaceId: string, roots: readonly string[]): Promise<readonly UserIdRow[]> {
      const { rows } = await db.query<UserIdRow>(
        `select distinct on (root.id) root.id as root_id, ${IDENTIFIER}
         from unnest($2::uuid[]) as root(id)
         cross join lateral subject_fragments($1, root.id) as fragment(id)
         join identifier i on i.workspace_id = $1 and i.subject_id = fragment.id and i.kind = 'userId'
         order by root.id, i.seq, i.digest`,
        [workspaceId, roots],
      )
      return rows
    },

    async profiles(workspaceId: string, fragments: readonly string[]): Promise<readonly ProfileRow[]> {
      const { rows } = await db.query<ProfileRow>(
        `select subject_id, key_id, sealed from profile
         where workspace_id = $1 and subject_id = any($2::uuid[]) and sealed is not null order by subject_id`,
        [workspaceId, fragments],
      )
      return rows
    },
  }
}
