import type pg from 'pg'

/** What is kept of a person without the person. */
export type LeftOverSubject = {
  readonly dataDeletedAt: string | null
  readonly region: string | null
  readonly firstMonth: string | null
  readonly lastMonth: string | null
  readonly lifecycle: string | null
  readonly lifetimeRevenue: Record<string, string>
}

export type LeftOvers = {
  readonly subject: LeftOverSubject | null
  readonly keys: { readonly readable: number; readonly inEscrow: number }
}

type SubjectRow = Omit<LeftOverSubject, 'dataDeletedAt' | 'lifetimeRevenue'> & {
  readonly dataDeletedAt: Date | null
  readonly lifetimeRevenue: Record<string, string> | null
}

/** What can still be found of somebody by the id of their subject, and nothing else. */
export function leftOversIn(client: Pick<pg.ClientBase, 'query'>, workspaceId: string) {
  return {
    async of(subjectId: string): Promise<LeftOvers> {
      const { rows } = await client.query<SubjectRow>(
        `select data_deleted_at as "dataDeletedAt", region, first_month as "firstMonth", last_month as "lastMonth", lifecycle,
                lifetime_revenue as "lifetimeRevenue"
         from subject where workspace_id = $1 and subject_id = $2`,
        [workspaceId, subjectId],
      )
      const counted = await client.query<LeftOvers['keys']>(
        `with part as materialized (select id from subject_fragments($1, subject_root($1, $2)) as fragment(id))
         select (select count(*)::int from subject_key where workspace_id = $1 and subject_id in (select id from part)) as readable,
                (select count(*)::int from escrowed_key where workspace_id = $1 and subject_id in (select id from part)) as "inEscrow"`,
        [workspaceId, subjectId],
      )
      const [subject] = rows
      const keys = counted.rows[0] ?? { readable: 0, inEscrow: 0 }
      return { subject: subject === undefined ? null : shown(subject), keys }
    },

    /** Where the fact with this id stands; null until it is numbered. */
    async leafOf(outboxId: string): Promise<{ readonly logNo: number; readonly position: number } | null> {
      const { rows } = await client.query<{ logNo: number; position: string }>(
        'select log_no as "logNo", position from audit_leaf where workspace_id = $1 and outbox_id = $2',
        [workspaceId, outboxId],
      )
      const [row] = rows
      return row === undefined ? null : { logNo: row.logNo, position: Number(row.position) }
    },
  }
}

function shown({ dataDeletedAt, lifetimeRevenue, ...row }: SubjectRow): LeftOverSubject {
  return {
    ...row,
    dataDeletedAt: dataDeletedAt?.toISOString() ?? null,
    lifetimeRevenue: lifetimeRevenue ?? {},
  }
}
