import type pg from 'pg'
import { PERSONAL_DATA, type PersonalTable } from '../store/personal-data.ts'

/** Whose rows: every fragment of these people, and every digest they are named by. */
export type Whose = { readonly fragments: readonly string[]; readonly digests: readonly Buffer[] }

export type KeptRevenue = {
  readonly currency: string | null
  readonly orders: string
  readonly refunds: string
  readonly net: string
}

/** Counting ends here, so that one person's rows never hold a connection for long. */
const MOST_ROWS = 1_000_000
const MOST_OTHERS = 1_000

/** What an erase would meet. Reads only. */
export function previewedRowsIn(client: Pick<pg.ClientBase, 'query'>, workspaceId: string) {
  return {
    /** By table, up to `MOST_ROWS` each. */
    async count({ fragments, digests }: Whose): Promise<ReadonlyMap<string, number>> {
      const { rows } = await client.query<{ name: string; rows: string }>(COUNT, [
        workspaceId,
        fragments,
        digests,
        MOST_ROWS,
      ])
      return new Map(rows.map(({ name, rows }) => [name, Number(rows)]))
    },

    async revenue(fragments: readonly string[]): Promise<readonly KeptRevenue[]> {
      const { rows } = await client.query<KeptRevenue>(
        `select currency, count(*) filter (where kind = 'order') as orders, count(*) filter (where kind = 'refund') as refunds,
                sum(case when kind = 'refund' then -amount else amount end) as net
         from purchase where workspace_id = $1 and subject_id = any($2::uuid[])
         group by currency order by currency collate "C" nulls first`,
        [workspaceId, fragments],
      )
      return rows
    },

    /** Who has named an identifier of these people, and who owns one that they have named; erased ones apart. */
    async sharers({ fragments, digests }: Whose): Promise<readonly string[]> {
      const { rows } = await client.query<{ root: string }>(
        `select distinct s.subject_id as root
         from (
           select subject_root($1, subject_id) as root from identifier_mention
           where workspace_id = $1 and digest = any($3::bytea[])
           union
           select subject_root($1, i.subject_id) from identifier_mention m
           join identifier i on i.workspace_id = $1 and i.digest = m.digest
           where m.workspace_id = $1 and m.subject_id = any($2::uuid[])
         ) as shared
         join subject s on s.workspace_id = $1 and s.subject_id = shared.root and s.data_deleted_at is null
         where s.subject_id <> all($2::uuid[])
         order by 1 limit $4`,
        [workspaceId, fragments, digests, MOST_OTHERS],
      )
      return rows.map(({ root }) => root)
    },
  }
}

const COUNT = Object.entries(PERSONAL_DATA)
  .flatMap(([name, entry]) => (entry.kind === 'personal' ? [countOf(name, entry)] : []))
  .join('\nunion all\n')

function countOf(name: string, { reachedBy }: PersonalTable): string {
  const rows = `select from ${name} where workspace_id = $1 and ${isTheirs(reachedBy)} limit $4`
  return `select '${name}' as name, count(*) as rows from (${rows}) as theirs`
}

function isTheirs({ column, by }: PersonalTable['reachedBy']): string {
  switch (by) {
    case 'subject':
      return `${column} = any($2::uuid[])`
    case 'request':
      return `${column} in (select request_id from request_digest where workspace_id = $1 and digest = any($3::bytea[]))`
    case 'digest':
      return column === 'digest' ? `digest = any($3::bytea[])` : `${column} && $3::bytea[]`
  }
}
