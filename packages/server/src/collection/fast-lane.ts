import type { StagedVerdict } from '../gate/finish-stage.ts'
import { writerOf } from '../identity/apply-placement.ts'
import { claimPeople } from '../identity/claim-people.ts'
import { type Knowledge, loadKnowledge } from '../identity/knowledge.store.ts'
import type { IngestKeys } from '../keys/ingest-keys.ts'
import { inTransaction } from '../store/transaction.ts'
import { distinct, distinctDigests } from './distinct-digests.ts'
import { gatherClaims, goesAlone } from './gather-claims.ts'
import type { IngestTools } from './ingest-tools.ts'
import { type ItemContext, placeWith, type Run } from './item-context.ts'
import { writersOfPlain } from './plain-items.ts'
import type { Writer } from './stage-item.ts'
import { type Ready, storeBatch } from './store-batch.ts'

/** What the fast lane made of one item. `slow`: it says something about who is who, so it goes alone and in its turn. */
export type FastVerdict = StagedVerdict | 'slow' | 'rejected'

/**
 * The fast lane: up to a few hundred items of many calls whose people are known, or new and whole, in one transaction.
 * Answers a verdict for each item of each run, up to and including its first `slow` one.
 */
export async function settleTogether(
  tools: IngestTools,
  workspaceId: string,
  runs: readonly Run[],
): Promise<FastVerdict[][]> {
  const keys = await tools.keysOf(workspaceId)
  const items = runs.flatMap((run) => run.items)
  const plain = await writersOfPlain(tools, { workspaceId, keys, items })
  const knowledge = await knowAndClaim(tools, workspaceId, { keys, runs: withoutPlain(runs, plain) })
  const sorted = runs.map((run, call) => sortRun({ run, call }, { plain, knowledge, keys }))
  const ready = sorted.flat().filter((one) => one.kind === 'ready')
  const verdicts = ready.length === 0 ? [] : await storeBatch(tools, workspaceId, ready)
  let at = 0
  return sorted.map((run) => run.map((one) => (one.kind === 'slow' ? 'slow' : (verdicts[at++] ?? 'moved'))))
}

function withoutPlain(runs: readonly Run[], plain: ReadonlyMap<ItemContext, Writer>): Run[] {
  return runs.map(({ items }) => ({ items: items.filter((context) => !plain.has(context)) }))
}

/** All there is to know of items that are not plain, after what they say of new people has been made true. */
async function knowAndClaim(
  tools: IngestTools,
  workspaceId: string,
  { keys, runs }: { keys: IngestKeys; runs: readonly Run[] },
): Promise<Knowledge> {
  const digests = distinctDigests(runs.flatMap(({ items }) => items))
  if (digests.length === 0) return new Map()
  const before = await loadKnowledge(tools.pool, workspaceId, digests)
  const claims = gatherClaims(runs, before, { keys, newId: tools.newId, workspaceId })
  const all = [...claims.people, ...claims.joins]
  if (all.length === 0) return before
  await inTransaction(tools.pool, (client) => claimPeople(client, workspaceId, claims))
  const asked = all.flatMap((one) => [...one.asked])
  const after = await loadKnowledge(tools.pool, workspaceId, distinct(asked))
  return new Map([...before, ...after])
}

type Sorted = Ready | { readonly kind: 'slow' }

type Sorting = {
  readonly plain: ReadonlyMap<ItemContext, Writer>
  readonly knowledge: Knowledge
  readonly keys: IngestKeys
}

/** Walks one call's items in order and stops at the first that must go alone. */
function sortRun({ run, call }: { run: Run; call: number }, sorting: Sorting): Sorted[] {
  const sorted: Sorted[] = []
  for (const context of run.items) {
    const writer = sorting.plain.get(context) ?? writerIn(sorting, context)
    if (writer === 'slow') return [...sorted, { kind: 'slow' }]
    sorted.push({ kind: 'ready', call, context, writer })
  }
  return sorted
}

/** Null for an item that will be dropped, or whose person's key is gone. */
function writerIn({ knowledge, keys }: Sorting, context: ItemContext): Writer | null | 'slow' {
  const placed = placeWith(context, knowledge)
  if (goesAlone(placed, context)) return 'slow'
  const { placement } = placed
  return placement.kind === 'drop' ? null : writerOf({ ...placed, placement }, keys)
}
