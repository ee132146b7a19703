import type pg from 'pg'

export type PurchaseRow = {
  readonly purchase_id: string
  readonly subject_id: string
  readonly key_id: string | null
  readonly source_id: string
  readonly kind: 'order' | 'refund'
  readonly at: Date
  readonly campaign: string | null
  readonly amount: string
  readonly currency: string | null
  readonly sealed: Buffer | null
  readonly event_type: 'track'
  readonly event_key_id: string | null
  readonly event_sealed: Buffer | null
}

type Question = {
  readonly workspaceId: string
  readonly fragment: string
  readonly after: string | null
  readonly size: number
}

export function purchasesIn(db: Pick<pg.Pool, 'query'>) {
  return {
    /** One part's orders and refunds by id, each with the event it came with: that says whom it was about. */
    async page({ workspaceId, fragment, after, size }: Question): Promise<readonly PurchaseRow[]> {
      const { rows } = await db.query<PurchaseRow>(
        `select p.purchase_id, p.subject_id, p.key_id, p.source_id, p.kind, p.at, p.campaign, p.amount, p.currency, p.sealed,
                'track' as event_type, e.key_id as event_key_id, e.sealed as event_sealed
         from purchase p left join event e on e.workspace_id = p.workspace_id and e.id = p.purchase_id
         where p.workspace_id = $1 and p.subject_id = $2 and ($3::uuid is null or p.purchase_id > $3)
         order by p.purchase_id limit $4`,
        [workspaceId, fragment, after, size],
      )
      return rows
    },
  }
}
