import type pg from 'pg'
import {
  copyToStage,
  finishAndCommit,
  finishStage,
  type StagedVerdict,
  withStage,
} from '../gate/finish-stage.ts'
import { shareGate } from '../gate/gate.ts'
import { mergeProfiles, type SaidTraits } from '../identity/merge-profiles.ts'
import { isRefusedData, lostCommit, wasRefused } from '../store/transaction.ts'
import type { IngestTools } from './ingest-tools.ts'
import type { ItemContext } from './item-context.ts'
import { stageItem, type Writer } from './stage-item.ts'

/** An item that may go with others. `call`: which call of the batch it came in. */
export type Ready = {
  readonly kind: 'ready'
  readonly call: number
  readonly context: ItemContext
  readonly writer: Writer | null
}

export type BatchVerdict = StagedVerdict | 'rejected'

/** Judges and stores a batch; of items with one message id only the first goes to the stage, which takes each once. */
export async function storeBatch(
  tools: IngestTools,
  workspaceId: string,
  ready: readonly Ready[],
): Promise<BatchVerdict[]> {
  const firsts = firstsOf(ready)
  const distinct = ready.filter((_, at) => firsts[at] === at)
  const verdicts = await storeDistinct(tools, workspaceId, distinct)
  const byFirst = new Map(distinct.map((one, at) => [one, verdicts[at] ?? 'moved']))
  return ready.map((one, at) => {
    const first = ready[firsts[at] ?? at] ?? one
    const verdict = byFirst.get(first) ?? 'moved'
    return first === one ? verdict : repeated(verdict)
  })
}

/** For each item the place of the first with its message id. */
function firstsOf(ready: readonly Ready[]): number[] {
  const places = new Map<string, number>()
  return ready.map(({ context }, at) => {
    const digest = context.prepared.messageDigest?.toString('latin1')
    if (digest === undefined) return at
    const first = places.get(digest) ?? at
    places.set(digest, first)
    return first
  })
}

/** What became of a repeat in the same batch; of a first that is not settled yet, nothing is known. */
function repeated(first: BatchVerdict): BatchVerdict {
  if (first === 'stored') return 'duplicate'
  return first === 'rejected' ? 'moved' : first
}

/**
 * A row that PostgreSQL refuses must not fail strangers, who would all come again with the poison among them: the batch
 * is split by call, then by item, and the row is `rejected` alone.
 */
async function storeDistinct(
  tools: IngestTools,
  workspaceId: string,
  ready: readonly Ready[],
): Promise<BatchVerdict[]> {
  const outcome = await storeOnce(tools, workspaceId, ready).catch((error: unknown) => poisoned(error))
  if (outcome !== 'poisoned') return [...outcome]
  if (ready.length === 1) return ['rejected']
  const verdicts: BatchVerdict[] = []
  for (const part of split(ready)) verdicts.push(...(await storeDistinct(tools, workspaceId, part)))
  return verdicts
}

function poisoned(error: unknown): 'poisoned' {
  if (isRefusedData(error)) return 'poisoned'
  throw error
}

function split(ready: readonly Ready[]): readonly (readonly Ready[])[] {
  const byCall = Map.groupBy(ready, ({ call }) => call)
  return byCall.size > 1 ? [...byCall.values()] : ready.map((one) => [one])
}

/** Three round trips: begin, COPY, and gate + finish + commit; a few more when somebody's traits changed. */
async function storeOnce(
  tools: IngestTools,
  workspaceId: string,
  ready: readonly Ready[],
): Promise<readonly StagedVerdict[]> {
  const rows = ready.map(({ context, writer }, ord) =>
    stageItem(context, writer, { ord, ifSuppressed: 'refuse' }),
  )
  const client = await withStage(tools.pool).connect()
  try {
    await beginAndReadClock(client, tools)
    await copyToStage(client, rows)
    const hasTraits = ready.some(({ context }) => context.prepared.item.traits !== null)
    const verdicts = hasTraits
      ? await finishWithTraits(client, workspaceId, ready)
      : await finishAndCommit(client, workspaceId).catch(rethrowLost)
    client.release()
    return verdicts
  } catch (error) {
    await client.query('rollback').then(
      () => client.release(),
      () => client.release(true),
    )
    throw error
  }
}

async function beginAndReadClock(client: pg.PoolClient, { clock, monotonicMs }: IngestTools): Promise<void> {
  const sentAt = monotonicMs()
  const script =
    'begin isolation level read committed; select extract(epoch from clock_timestamp()) * 1000 as ms'
  const results = (await client.query(script)) as unknown as readonly pg.QueryResult<{ ms: string }>[]
  const databaseMs = Number(results[1]?.rows[0]?.ms)
  clock.observe({ databaseMs, sentAt, heardAt: monotonicMs() })
}

async function finishWithTraits(
  client: pg.PoolClient,
  workspaceId: string,
  ready: readonly Ready[],
): Promise<readonly StagedVerdict[]> {
  await shareGate(client, workspaceId)
  const verdicts = await finishStage(client)
  const said = ready.flatMap(({ context, writer }, at) => saidBy(context, writer, verdicts[at]))
  await mergeProfiles(client, workspaceId, said)
  const { command } = await client.query('commit').catch(rethrowLost)
  if (command !== 'COMMIT') throw new TypeError('the transaction had failed before its commit')
  return verdicts
}

function saidBy(
  { prepared, arrival }: ItemContext,
  writer: Writer | null,
  verdict: StagedVerdict | undefined,
): SaidTraits[] {
  const { traits } = prepared.item
  if (verdict !== 'stored' || writer === null || traits === null) return []
  return [{ key: writer.key, traits, at: arrival.clientAt }]
}

function rethrowLost(cause: unknown): never {
  throw wasRefused(cause) ? cause : lostCommit(cause)
}
