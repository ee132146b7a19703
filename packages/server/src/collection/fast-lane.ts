import type { StagedVerdict } from '../gate/finish-stage.ts'
import { writerOf } from '../identity/apply-placement.ts'
import { claimPeople, type NewPerson } from '../identity/claim-people.ts'
import { type Knowledge, loadKnowledge } from '../identity/knowledge.store.ts'
import type { IngestKeys } from '../keys/ingest-keys.ts'
import { inTransaction } from '../store/transaction.ts'
import { gatherNewPeople, goesAlone } from './gather-new-people.ts'
import type { IngestTools } from './ingest-tools.ts'
import { placeWith, type Run } from './item-context.ts'
import { digestsOf } from './prepared-item.ts'
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
  const digests = distinct(items.flatMap(({ prepared }) => digestsOf(prepared)))
  const before = await loadKnowledge(tools.pool, workspaceId, digests)
  const people = gatherNewPeople(runs, before, { keys, newId: tools.newId, workspaceId })
  const knowledge = people.length === 0 ? before : await claim(tools, workspaceId, { people, before })
  const sorted = runs.map((run, call) =>
    sortRun(
      run.items.map((context) => ({ call, context })),
      knowledge,
      keys,
    ),
  )
  const ready = sorted.flat().filter((one) => one.kind === 'ready')
  const verdicts = ready.length === 0 ? [] : await storeBatch(tools, workspaceId, ready)
  let at = 0
  return sorted.map((run) => run.map((one) => (one.kind === 'slow' ? 'slow' : (verdicts[at++] ?? 'moved'))))
}

async function claim(
  tools: IngestTools,
  workspaceId: string,
  { people, before }: { people: readonly NewPerson[]; before: Knowledge },
): Promise<Knowledge> {
  await inTransaction(tools.pool, (client) => claimPeople(client, workspaceId, people))
  const claimed = people.flatMap(({ asked }) => [...asked])
  const after = await loadKnowledge(tools.pool, workspaceId, distinct(claimed))
  return new Map([...before, ...after])
}

type Sorted = Ready | { readonly kind: 'slow' }

/** Walks one call's items in order and stops at the first that must go alone. */
function sortRun(
  items: readonly Omit<Ready, 'kind' | 'writer'>[],
  knowledge: Knowledge,
  keys: IngestKeys,
): Sorted[] {
  const sorted: Sorted[] = []
  for (const item of items) {
    const one = sortItem(item, knowledge, keys)
    sorted.push(one)
    if (one.kind === 'slow') break
  }
  return sorted
}

function sortItem(item: Omit<Ready, 'kind' | 'writer'>, knowledge: Knowledge, keys: IngestKeys): Sorted {
  const placed = placeWith(item.context, knowledge)
  if (goesAlone(placed, item.context)) return { kind: 'slow' }
  const { placement } = placed
  const writer = placement.kind === 'drop' ? null : writerOf({ ...placed, placement }, keys)
  return { kind: 'ready', ...item, writer }
}

function distinct(digests: readonly Buffer[]): Buffer[] {
  return [...new Map(digests.map((digest) => [digest.toString('latin1'), digest])).values()]
}
