import { randomBytes } from 'node:crypto'
import { newUuid } from '@heed/core'
import { copyToStage, glanceAt, loadKnowledge, readyStage, type StageRow } from '@heed/server'
import type pg from 'pg'
import type { Finding } from '../report/finding.ts'
import type { World } from '../world/open-world.ts'

const BATCH = 250

/**
 * The plans of the three statements every batch runs, over the loaded tables. A scan of a whole table, or a join that reads
 * one, costs more with every person and every event, so each is counted and none is allowed.
 */
export async function checkQueryPlans({ ingestPool, workspaceId }: World): Promise<Finding[]> {
  const client = await ingestPool.connect()
  try {
    await readyStage(client)
    const people = await somebody(client)
    await client.query('begin')
    await copyToStage(
      client,
      people.map((person, ord) => stageRowOf(person, { ord, workspaceId })),
    )
    const finish = await explain(client, 'execute finish_stage')
    await client.query('rollback')
    const digests = people.map(({ device_digest }) => device_digest)
    await loadKnowledge(client, workspaceId, digests)
    const knowledge = await explain(
      client,
      `execute "load-knowledge" ('${workspaceId}', ${arrayOf(digests)})`,
    )
    await glanceAt(client, workspaceId, digests)
    const glance = await explain(client, `execute "glance-at" ('${workspaceId}', ${arrayOf(digests)})`)
    return [
      findingOf('the finishing insert', finish),
      findingOf('a glance at identifiers', glance),
      findingOf('all that is known of identifiers', knowledge),
    ]
  } finally {
    client.release(true)
  }
}

type Person = { readonly subject_id: string; readonly key_id: string; readonly device_digest: Buffer }

async function somebody(client: pg.ClientBase): Promise<Person[]> {
  const { rows } = await client.query<Person>(
    `select subject_id, key_id, device_digest from bench_person order by md5(number::text) limit ${BATCH}`,
  )
  return rows
}

function stageRowOf(
  { subject_id, key_id, device_digest }: Person,
  at: { ord: number; workspaceId: string },
): StageRow {
  const now = Date.now()
  return {
    ...at,
    sourceId: at.workspaceId,
    id: newUuid(now, randomBytes),
    subjectId: subject_id,
    keyId: key_id,
    ownerDigest: device_digest,
    digests: [device_digest, randomBytes(16)],
    roles: [2, 2],
    hasUserId: false,
    messageDigest: randomBytes(16),
    type: 'track',
    name: 'Plan',
    eventAt: now,
    clientAt: now,
    receivedAt: now,
    arrivedAt: now,
    isRecorded: false,
    ifSuppressed: 'refuse',
    campaign: null,
    revenue: null,
    currency: null,
    sealed: randomBytes(1_020),
    purchaseKind: null,
    orderSealed: null,
  }
}

function arrayOf(digests: readonly Buffer[]): string {
  return `array[${digests.map((digest) => `'\\x${digest.toString('hex')}'`).join(',')}]::bytea[]`
}

type PlanNode = {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Actual Rows'?: number
  readonly 'Actual Loops'?: number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly PlanNode[]
}

type Plan = { readonly nodes: readonly PlanNode[]; readonly ms: number }

async function explain(client: pg.ClientBase, statement: string): Promise<Plan> {
  const { rows } = await client.query<{
    'QUERY PLAN': readonly { readonly Plan: PlanNode; readonly 'Execution Time': number }[]
  }>(`explain (analyze, format json) ${statement}`)
  const [top] = rows[0]?.['QUERY PLAN'] ?? []
  if (top === undefined) throw new Error('explain answered nothing')
  return { nodes: withChildren(top.Plan), ms: top['Execution Time'] }
}

function withChildren(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(withChildren)]
}

/** Tables that never grow may be read whole: the stage, and the one row that says whose turn it is. */
const SMALL = new Set(['stage', 'message_turn'])

function findingOf(what: string, { nodes, ms }: Plan): Finding {
  const scanned = nodes
    .filter(readsWhole)
    .map((node) => `${node['Node Type']} on ${node['Relation Name'] ?? '?'}`)
  return {
    what: `plan of ${what}, ${BATCH} rows`,
    measured: scanned.length === 0 ? `index probes only, ${ms.toFixed(1)} ms` : scanned.join(', '),
    hold: 'index probes only',
    reachFor: '',
    isHeld: scanned.length === 0,
  }
}

function readsWhole(node: PlanNode): boolean {
  const relation = node['Relation Name']
  if (relation === undefined || SMALL.has(relation)) return false
  if (node['Node Type'] === 'Seq Scan') return true
  const readPerLoop = (node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0)
  return node['Node Type'].includes('Index') && readPerLoop > BATCH
}
