import type pg from 'pg'
import { MOST_IDENTIFIERS } from './refuse-crowd.ts'

type ExpectedPerson = {
  readonly root: string
  readonly hasUserId: boolean
  readonly known: readonly { readonly digest: Buffer; readonly fragment: string }[]
  /** Those that are to become theirs. */
  readonly identifiers: readonly unknown[]
}

/** What must be true of a claim when it is made, asked under the shared gate and with the roots locked. */
export function claimsIn(client: pg.ClientBase, workspaceId: string) {
  return {
    /** The places of those lists that hold a digest against which anything stands, open or lifted. */
    async withHistory(asked: readonly (readonly Buffer[])[]): Promise<ReadonlySet<number>> {
      const rows = asked.flatMap((digests, at) => digests.map((digest) => ({ at, digest })))
      const result = await client.query<{ at: number }>({
        name: 'claims-with-history',
        text: `select a.at from unnest($2::integer[], $3::bytea[]) as a(at, digest)
               where (select true from suppression s where s.workspace_id = $1 and s.digest = a.digest limit 1)`,
        values: [workspaceId, rows.map(({ at }) => at), rows.map(({ digest }) => digest)],
      })
      return new Set(result.rows.map(({ at }) => at))
    },

    /**
     * The places of those who are still as expected: their known identifiers have the same owners and lead to the same
     * root, which has or has not a user id as before, no identifier of theirs was ever suppressed, and they have room for more.
     */
    async standing(people: readonly ExpectedPerson[]): Promise<ReadonlySet<number>> {
      const known = people.flatMap((person, at) => person.known.map((one) => ({ at, ...one })))
      const result = await client.query<{ at: number }>({
        name: 'claims-standing',
        text: STANDING,
        values: [
          workspaceId,
          people.map(({ root }) => root),
          people.map(({ hasUserId }) => hasUserId),
          known.map(({ at }) => at),
          known.map(({ digest }) => digest),
          known.map(({ fragment }) => fragment),
          people.map(({ identifiers }) => MOST_IDENTIFIERS - identifiers.length),
          MOST_IDENTIFIERS + 1,
        ],
      })
      return new Set(result.rows.map(({ at }) => at))
    },
  }
}

const STANDING = `
select (p.place - 1)::integer as at
from unnest($2::uuid[], $3::boolean[], $7::integer[]) with ordinality as p(root, has_user_id, room, place)
where (select s.has_user_id = p.has_user_id and s.data_deleted_at is null
       from subject s where s.workspace_id = $1 and s.subject_id = p.root limit 1)
  and not exists (
    select from unnest($4::integer[], $5::bytea[], $6::uuid[]) as k(at, digest, fragment)
    where k.at = p.place - 1
      and (subject_root($1, k.fragment) <> p.root
           or (select i.subject_id from identifier i
               where i.workspace_id = $1 and i.digest = k.digest limit 1) is distinct from k.fragment))
  and (
    select count(*) <= p.room and bool_and(is_free) from (
      select (select true from suppression x where x.workspace_id = $1 and x.digest = i.digest limit 1) is null as is_free
      from subject_fragments($1, p.root) as f(fragment)
      left join lateral (select digest from identifier i where i.workspace_id = $1 and i.subject_id = f.fragment) i on true
      limit $8) theirs)`
