import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import type { AskedIdentifier } from '@heed/protocol'
import { strFromU8, unzipSync } from 'fflate'
import type pg from 'pg'
import { openRequest } from '../../requests/open-request.ts'
import { type GateRig, gateRig } from '../../testing/gate-rig.ts'
import type { TestDatabase } from '../../testing/test-database.ts'
import { claimTasks } from '../../work/claim-tasks.ts'
import { runTasks, type TaskSteps } from '../../work/run-tasks.ts'
import type { ExportParts } from '../export-parts.ts'
import { type MakingParts, makeExport } from '../make-export.ts'
import { offerDownload } from '../offer-download.ts'
import { takeDownload } from '../take-download.ts'

/** The files of a zip, by name. */
export type Files = Readonly<Record<string, string>>

type Making = {
  readonly pool?: pg.Pool
  readonly worker?: string
  readonly claimSeconds?: number
  /** Runs before each opening of keys. */
  readonly beforeKeys?: () => Promise<void>
  /** Runs before each transaction of the task. */
  readonly beforeStep?: () => Promise<void>
}

/** A whole gate, with what makes and hands out exports. */
export async function exportRig(db: TestDatabase) {
  const rig = await gateRig(db)
  const state = { now: new Date() }
  const told: Told = { errors: [], receipted: [] }
  const parts: ExportParts = {
    pool: db.pool,
    keys: rig.keyStore,
    now: () => state.now,
    newId: rig.newId,
    backupRetentionDays: 35,
  }
  const ask = askIn(rig)
  const make = makeIn(parts, told)
  const handOut = handOutIn(parts, rig.workspaceId)
  return {
    rig,
    parts,
    state,
    ...told,
    ask,
    make,
    ...handOut,
    one: async (query: string, values: readonly unknown[] = []) =>
      (await db.pool.query(query, [...values])).rows[0],
    /** Asks, makes and opens: the parsed `data.json`. */
    async dataOf(...identifiers: readonly AskedIdentifier[]) {
      const requestId = await ask(identifiers)
      await make()
      return JSON.parse((await handOut.open(requestId))['data.json'] ?? '')
    },
    /** What T0 of an erase does to everybody's readability. */
    async takeKeysAway() {
      await db.pool.query('update subject set data_deleted_at = now()')
      await db.pool.query('delete from subject_key')
    },
  }
}

type Told = { readonly errors: unknown[]; readonly receipted: string[] }

function askIn(rig: GateRig) {
  return async (identifiers: readonly AskedIdentifier[]): Promise<string> => {
    const { request } = await openRequest(
      { ...rig, reversalDays: 7, now: () => new Date() },
      {
        workspaceId: rig.workspaceId,
        actor: 'token:test',
        idempotencyKey: null,
        request: { type: 'access', subject: { identifiers: [...identifiers] }, scope: {} },
      },
    )
    return request.requestId
  }
}

/** Works on what is due until nothing is; what fails is due again at once. */
function makeIn(parts: ExportParts, { errors, receipted }: Told) {
  return ({
    pool = parts.pool,
    worker = 'node-1',
    claimSeconds = 60,
    beforeKeys,
    beforeStep,
  }: Making = {}) => {
    const afterFailure = { firstSeconds: 0, longestSeconds: 0 }
    const held = claimTasks({ pool, worker, states: ['making'], claimSeconds, afterFailure })
    const making: MakingParts = {
      ...parts,
      pool,
      keys: {
        async open(...question) {
          await beforeKeys?.()
          return parts.keys.open(...question)
        },
      },
      claims: {
        async step(...step) {
          await beforeStep?.()
          return held.step(...step)
        },
      },
      issueReceipts: async (_workspaceId, requestId) => receipted.push(requestId),
    }
    const log = { error: (fields: object) => void errors.push(fields) }
    const steps: TaskSteps = { making: (task) => makeExport(making, task) }
    return runTasks({ claims: held, steps, log, signal: new AbortController().signal })
  }
}

function handOutIn(parts: ExportParts, workspaceId: string) {
  const link = async (requestId: string, expiresInHours = 24): Promise<string> => {
    const offering = { workspaceId, actor: 'token:test', requestId, expiresInHours }
    const { url } = await offerDownload(
      { ...parts, random: randomBytes },
      { ...offering, mayReadRestricted: false, base: 'https://heed.test' },
    )
    return url.replace('https://heed.test/exports/', '')
  }
  const take = async (token: string): Promise<Buffer> => {
    const { content } = await takeDownload(parts, token, 'GET /exports/:token')
    return buffer(content)
  }
  const open = async (requestId: string): Promise<Files> => {
    const files = unzipSync(await take(await link(requestId)))
    return Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, strFromU8(bytes)]))
  }
  return { link, take, open }
}
