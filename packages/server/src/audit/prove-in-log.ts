import {
  proveConsistency,
  proveInclusion,
  type StoredTree,
  toBase64,
  treeFromTiles,
  treeRoot,
} from '@heed/core'
import { type AuditProof, type AuditProofQuery, Problem } from '@heed/protocol'
import type { Transaction } from '../store/transaction.ts'
import { leavesFrom } from './leaves.store.ts'
import { sha256 } from './sha256.ts'
import type { ShownLog } from './shown-log.ts'
import { tilesOf } from './tiles.store.ts'

/** The proof that is asked for. @throws Problem `not-found` when the log is not as long as that. */
export async function proveInLog(
  client: Transaction,
  shown: ShownLog,
  query: Pick<AuditProofQuery, 'leaf' | 'size' | 'from' | 'to'>,
): Promise<AuditProof> {
  const proving = { client, shown, tree: treeFromTiles(sha256, (tiles) => tilesOf(client, shown.log, tiles)) }
  if (query.leaf !== undefined)
    return inclusion(proving, { leaf: query.leaf, size: query.size ?? shown.size })
  return consistency(proving, { from: query.from ?? 0, to: query.to ?? shown.size })
}

type Proving = { readonly client: Transaction; readonly shown: ShownLog; readonly tree: StoredTree }

async function inclusion(
  { client, shown, tree }: Proving,
  { leaf, size }: { leaf: number; size: number },
): Promise<AuditProof> {
  if (size > shown.size || leaf >= size) throw notThatLong(shown)
  const [stored] = await leavesFrom(client, shown.log, { start: leaf, limit: 1 })
  if (stored === undefined) throw notThatLong(shown)
  const root = toBase64(await treeRoot(tree, size))
  const hashes = (await proveInclusion(tree, { leaf, size })).map(toBase64)
  const leafHash = toBase64(stored.leafHash)
  return { kind: 'inclusion', origin: shown.log.origin, leaf, leafHash, size, root, hashes }
}

async function consistency(
  { shown, tree }: Proving,
  { from, to }: { from: number; to: number },
): Promise<AuditProof> {
  if (to > shown.size || from > to) throw notThatLong(shown)
  const fromRoot = toBase64(await treeRoot(tree, from))
  const toRoot = toBase64(await treeRoot(tree, to))
  const hashes = (await proveConsistency(tree, { from, to })).map(toBase64)
  return { kind: 'consistency', origin: shown.log.origin, from, fromRoot, to, toRoot, hashes }
}

function notThatLong({ size }: ShownLog): Problem {
  return new Problem('not-found', `The newest checkpoint covers ${size} leaves; the proof is about others.`)
}
