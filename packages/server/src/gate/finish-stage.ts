import { once } from 'node:events'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { Connects } from '../store/transaction.ts'
import { gateStatement } from './gate.ts'
import { encodeStage, type StageRow } from './stage-encoding.ts'

/** What became of a staged row. `moved`: its person or key is no longer what the writer believed; resolve it again. */
export type StagedVerdict = 'stored' | 'duplicate' | 'suppressed' | 'device-suppressed' | 'moved'

/**
 * Judges and stores what is on the stage; the caller holds the gate, in a statement before this one. The rules are those
 * of `judgeItem` and `covers` in core, said once more where the effect is, because only this snapshot is under the gate.
 *
 * message_seen goes in by digest order and the gate comes first (lock order: gate, roots, identifiers, message ids), so
 * two batches with the same ids wait for each other and never lock each other out.
 *
 * Every look-up is a scalar subquery with `limit 1`, which the planner cannot turn into a join: the plan is made once, over
 * tables that may still be empty, and as joins it read every suppression and every message id of the workspace for each
 * batch (124 ms instead of 12 at ten thousand rows, and growing). No two rows of the stage have the same message digest.
 *
 * The suppressed are gathered first: few items are, and an aggregate for every row cost a tenth of the statement.
 */
const FINISH = `
with hit as materialized (
  select s.ord, bit_or(1 << d.role) as roles, (array_agg(d.digest order by d.role))[1] as digest
  from stage s, unnest(s.digests, s.roles) as d(digest, role)
  where (
    select true from suppression x
    where x.workspace_id = s.workspace_id and x.digest = d.digest
      and (x.scope = s.workspace_id or x.scope = s.source_id)
      and (x.client_before is null or s.client_at < x.client_before)
      and (x.until_at is null
           or s.arrived_at < x.until_at
           or (s.is_recorded and s.received_at between x.from_at - interval '5 seconds' and x.until_at + interval '5 seconds'))
    limit 1)
  group by s.ord
),
judged as materialized (
  select s.*, hit.digest as hit,
         case when s.if_suppressed <> 'refuse' or hit.roles is null then null
              when hit.roles & 10 <> 0 then 'suppressed'
              when hit.roles & 4 <> 0 and not s.has_user_id then 'suppressed'
              else 'device-suppressed' end as refusal,
         coalesce(
           (select i.subject_id from identifier i
            where i.workspace_id = s.workspace_id and i.digest = s.owner_digest limit 1) = s.subject_id
           and (select k.subject_id from subject_key k
                where k.workspace_id = s.workspace_id and k.key_id = s.key_id limit 1) = s.subject_id
           and (select p.data_deleted_at is null from subject p
                where p.workspace_id = s.workspace_id and p.subject_id = s.subject_id limit 1)
           and (s.if_suppressed <> 'move' or hit.roles is null), false) as is_proven
  from stage s left join hit on hit.ord = s.ord
),
seen as (
  insert into message_seen (turn, digest)
  select (select turn from message_turn), j.message_digest
  from judged j
  where j.message_digest is not null and (j.refusal is not null or j.is_proven)
    and (select true from message_seen m
         where m.turn = (select 1 - turn from message_turn) and m.digest = j.message_digest limit 1) is null
  order by j.message_digest
  on conflict do nothing
  returning digest
),
verdict as materialized (
  select j.*, j.message_digest is null or j.message_digest in (select digest from seen) as is_first,
         case when j.refusal is not null then j.refusal
              when not j.is_proven then 'moved'
              when j.message_digest is null or j.message_digest in (select digest from seen) then 'stored'
              else 'duplicate' end as verdict
  from judged j
),
stored as (
  insert into event (workspace_id, id, seq, subject_id, key_id, source_id, type, name, event_at, received_at,
                     campaign, revenue, currency, sealed)
  select v.workspace_id, v.id, nextval('fact_seq'), v.subject_id, v.key_id, v.source_id, v.type, v.name, v.event_at,
         v.received_at, v.campaign, v.revenue::numeric, v.currency, v.sealed
  from (select * from verdict where verdict = 'stored' order by ord) v
),
purchased as (
  insert into purchase (workspace_id, purchase_id, seq, subject_id, key_id, source_id, kind, at, campaign, amount, currency, sealed)
  select v.workspace_id, v.id, nextval('fact_seq'), v.subject_id, v.key_id, v.source_id, v.purchase_kind, v.event_at, v.campaign,
         case v.purchase_kind when 'refund' then abs(coalesce(v.revenue::numeric, 0)) else coalesce(v.revenue::numeric, 0) end,
         v.currency, v.order_sealed
  from verdict v
  where v.purchase_kind is not null and v.verdict = 'stored'
),
dropped as (
  insert into drop_batch (workspace_id, at, source_ids, reasons, digests)
  select min(v.workspace_id::text)::uuid, clock_timestamp(), array_agg(v.source_id), array_agg(v.verdict), array_agg(v.hit)
  from verdict v
  where v.refusal is not null and v.is_first
  having count(*) > 0
)
select verdict from verdict order by ord`

const CREATE_STAGE = `
create temporary table if not exists stage (
  ord integer not null, workspace_id uuid not null, source_id uuid not null, id uuid not null, subject_id uuid,
  key_id uuid, owner_digest bytea, digests bytea[] not null, roles smallint[] not null, has_user_id boolean not null,
  message_digest uuid, type text not null, name text, event_at timestamptz not null, client_at timestamptz not null,
  received_at timestamptz not null, arrived_at timestamptz not null, is_recorded boolean not null,
  if_suppressed text not null, campaign text, revenue text, currency text, sealed bytea,
  purchase_kind text, order_sealed bytea
) on commit delete rows`

/** Connections whose stage is made and whose finishing statement is prepared; a new connection is not among them. */
const ready = new WeakSet<pg.ClientBase>()

/** Once a connection, outside any transaction: the plan of the finishing statement is made here and kept. */
export async function readyStage(client: pg.ClientBase): Promise<void> {
  if (ready.has(client)) return
  await client.query(CREATE_STAGE)
  await client.query(`prepare finish_stage as ${FINISH}`)
  ready.add(client)
}

/** A pool whose connections have their stage; made before the transaction, because a rolled back one would take it along. */
export function withStage(pool: pg.Pool): Connects {
  return {
    async connect() {
      const client = await pool.connect()
      await readyStage(client).catch((cause: unknown) => {
        client.release(true)
        throw cause
      })
      return client
    },
  }
}

/** Sends the rows to the stage of this connection; inside a transaction. */
export async function copyToStage(client: pg.ClientBase, rows: readonly StageRow[]): Promise<void> {
  const stream = client.query(copyFrom('copy stage from stdin (format binary)'))
  stream.end(encodeStage(rows))
  await once(stream, 'finish')
}

/** Verdicts in the order of `ord`. The stage is empty afterwards: the exclusive lane stages many items in one transaction. */
export async function finishStage(client: pg.ClientBase): Promise<readonly StagedVerdict[]> {
  const script = 'execute finish_stage; delete from stage'
  const results = (await client.query(script)) as unknown as readonly pg.QueryResult<{
    verdict: StagedVerdict
  }>[]
  return (results[0]?.rows ?? []).map((row) => row.verdict)
}

/** Shares the gate, finishes and commits in one round trip; the gate is its own statement and so is the finish. */
export async function finishAndCommit(
  client: pg.ClientBase,
  workspaceId: string,
): Promise<readonly StagedVerdict[]> {
  return finishBehind(client, gateStatement('shared', workspaceId), 'commit')
}

/** Takes the gate alone and finishes in one round trip; the transaction goes on. */
export async function takeGateAndFinish(
  client: pg.ClientBase,
  workspaceId: string,
): Promise<readonly StagedVerdict[]> {
  return finishBehind(client, gateStatement('alone', workspaceId), 'delete from stage')
}

async function finishBehind(
  client: pg.ClientBase,
  gate: string,
  last: string,
): Promise<readonly StagedVerdict[]> {
  const script = `${gate}; execute finish_stage; ${last}`
  const results = (await client.query(script)) as unknown as readonly pg.QueryResult<{
    verdict: StagedVerdict
  }>[]
  return (results[1]?.rows ?? []).map((row) => row.verdict)
}
