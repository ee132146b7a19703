import { publicId } from '@heed/core'
import type pg from 'pg'
import { appendToOutbox } from '../audit/outbox.store.ts'
import type { Log } from '../log.ts'
import { inTransaction } from '../store/transaction.ts'

type Watching = { readonly log: Pick<Log, 'warn'>; readonly newId: () => string }

/** A jump: at least this many in ten minutes, and so many times what is usual for ten minutes of the last day. */
const LEAST = 50
const TIMES_USUAL = 10

type Jump = {
  readonly workspaceId: string
  readonly sourceId: string
  readonly count: number
  readonly usual: number
  readonly from: Date
  readonly to: Date
}

/**
 * Looks for a flood of opt-outs through one source: a public key can be made to say "stop" for anybody. They are honoured
 * all the same; the operator is told, once in ten minutes a source, and can lift them by source and interval.
 */
export async function watchOptOuts(pool: pg.Pool, { log, newId }: Watching): Promise<number> {
  return inTransaction(pool, async (client) => {
    const lock = await client.query<{ got: boolean }>('select pg_try_advisory_xact_lock(4601, 3) as got')
    if (lock.rows[0]?.got !== true) return 0
    const jumps = await findJumps(client)
    for (const jump of jumps) {
      const sourceId = publicId('src', jump.sourceId)
      log.warn(
        { sourceId, count: jump.count, from: jump.from, until: jump.to },
        'opt-outs jumped; forged ones can be lifted',
      )
      await appendToOutbox(client, [
        {
          workspaceId: jump.workspaceId,
          outboxId: newId(),
          kind: 'opt-outs-jumped',
          occurredAt: jump.to,
          actor: 'system',
          subjectId: null,
          body: {
            sourceId,
            count: jump.count,
            usual: jump.usual,
            from: jump.from.toISOString(),
            to: jump.to.toISOString(),
          },
        },
      ])
    }
    return jumps.length
  })
}

/** Sources with a jump in the last ten minutes that nobody has been told of in that time. */
async function findJumps(client: pg.ClientBase): Promise<readonly Jump[]> {
  const result = await client.query<Jump>(
    `with span as (select clock_timestamp() as now),
     counted as (
       select c.workspace_id, c.source_id,
              count(*) filter (where c.from_at > span.now - interval '10 minutes') as recent,
              count(*) filter (where c.from_at <= span.now - interval '10 minutes') / 143.0 as usual
       from suppression_cause c, span
       where c.kind = 'opt-out-event' and c.from_at > span.now - interval '1 day'
       group by c.workspace_id, c.source_id)
     select c.workspace_id as "workspaceId", c.source_id as "sourceId", c.recent::int as count, round(c.usual, 1)::float as usual,
            span.now - interval '10 minutes' as "from", span.now as "to"
     from counted c, span
     where c.recent >= $1 and c.recent > $2 * c.usual
       and not exists (
         select 1 from outbox o
         where o.workspace_id = c.workspace_id and o.kind = 'opt-outs-jumped' and o.occurred_at > span.now - interval '10 minutes'
           and o.body ->> 'sourceId' = 'src_' || c.source_id)`,
    [LEAST, TIMES_USUAL],
  )
  return result.rows
}
