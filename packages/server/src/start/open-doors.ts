import { Problem } from '@heed/protocol'
import type { AccessParts } from '../access/access-parts.ts'
import { createAuthenticator } from '../access/authenticate-token.ts'
import { createSourceFinder } from '../access/find-source-by-write-key.ts'
import { mayUse } from '../access/principal.ts'
import type { Asking } from '../asking/asking.ts'
import { type App, buildApp } from '../http/app.ts'
import { askingDoors } from '../http/asking/asking-doors.ts'
import { auditDoors } from '../http/audit/audit-doors.ts'
import { collectionDoors } from '../http/collection/collection-doors.ts'
import { accessExportRoutes } from '../http/control/access-exports.ts'
import { erasurePreviewRoutes } from '../http/control/erasure-previews.ts'
import { holdRoutes } from '../http/control/holds.ts'
import { identityLinkRoutes } from '../http/control/identity-links.ts'
import { receiptRoutes } from '../http/control/receipts.ts'
import { requestRoutes } from '../http/control/requests.ts'
import { sourceRoutes } from '../http/control/sources.ts'
import { suppressionRoutes } from '../http/control/suppressions.ts'
import { tokenRoutes } from '../http/control/tokens.ts'
import { workspaceRoutes } from '../http/control/workspaces.ts'
import { docsRoutes } from '../http/operations/docs-routes.ts'
import { healthRoutes } from '../http/operations/health.ts'
import type { Metrics } from '../http/operations/metrics.ts'
import { metricsRoute } from '../http/operations/metrics-route.ts'
import { verifyPageRoute } from '../http/operations/verify-page.ts'
import { reportRoutes } from '../http/reports/report-routes.ts'
import type { Log } from '../log.ts'
import { issueReceipts } from '../receipts/issue-receipts.ts'
import type { RequestRef } from '../receipts/task-facts.store.ts'
import type { Settings } from '../settings.ts'
import { pendingMigrations } from '../store/migrate.ts'
import { countVerdicts } from './count-verdicts.ts'
import type { Gate, World } from './open-gate.ts'
import type { Storage } from './open-storage.ts'

/** Bytes of bodies this node holds at once: a flood is told to wait, and memory stays bounded. */
const MOST_BYTES_IN_FLIGHT = 64 * 1024 * 1024

export type Doors = {
  readonly settings: Settings
  readonly log: Log
  readonly metrics: Metrics
  readonly storage: Storage
  readonly gate: Gate
  readonly access: AccessParts
  readonly world: World
}

/** Every public surface on one application. */
export async function openDoors(doors: Doors): Promise<App> {
  const { settings, log, metrics, world, access, gate } = doors
  const { pool } = doors.storage.database
  const authenticate = createAuthenticator(access)
  const app = await buildApp({ settings, log, metrics, authenticate, newRequestId: world.newId })
  showDepth(gate.intake, metrics)
  await app.register(collectionDoors, {
    collect: gate.intake.collect,
    count: countVerdicts(metrics),
    findSource: createSourceFinder({ pool, nowMs: world.monotonicMs }),
    hasEventsRead: async ({ token, workspaceId, address }) => {
      const principal = await authenticate({ authorization: `Bearer ${token}`, address }).catch(
        strangerIsNobody,
      )
      return principal?.workspaceId === workspaceId && mayUse(principal, 'events:read')
    },
    now: world.now,
    elapsed: world.monotonicMs,
    publicUrl: settings.publicUrl,
    mostBytesInFlight: MOST_BYTES_IN_FLIGHT,
  })
  controlDoors(app, doors)
  askingDoors(app, askingOf(doors))
  reportRoutes(app, { pool, now: world.now })
  auditDoors(app, { pool })
  operationDoors(app, doors)
  return app
}

/** A wrong token asks for verdicts in vain; the events that came with it are taken all the same. */
function strangerIsNobody(error: unknown): null {
  if (error instanceof Problem && (error.code === 'unauthenticated' || error.code === 'rate-limited'))
    return null
  throw error
}

/** Shows how many items wait. */
function showDepth({ depth }: Gate['intake'], metrics: Metrics): void {
  metrics.gauge({
    name: 'heed_items_waiting',
    help: 'Items accepted and not yet settled on this node.',
    labels: [],
    collect: (gauge) => gauge.set(depth()),
  })
}

function askingOf({ storage, gate, world }: Doors): Asking {
  const { now, newId } = world
  return { pool: storage.database.pool, keys: gate.keyStore, digestsOf: gate.rings, now, newId }
}

function controlDoors(app: App, doors: Doors): void {
  const { access, gate, settings, storage, world } = doors
  const { lane, rings, keyStore } = gate
  workspaceRoutes(app, access)
  sourceRoutes(app, access)
  tokenRoutes(app, access)
  const requests = { ...world, lane, rings, keyStore, reversalDays: settings.reversalDays }
  requestRoutes(app, { ...requests, pool: storage.database.pool, issueReceipts: receiptIssuer(doors) })
  receiptRoutes(app, { ...world, pool: storage.database.pool, keyStore })
  accessExportRoutes(app, {
    ...world,
    pool: storage.database.pool,
    keys: keyStore,
    publicUrl: settings.publicUrl,
  })
  erasurePreviewRoutes(app, { ...requests, asking: askingOf(doors) })
  holdRoutes(app, { ...requests, asking: askingOf(doors) })
  identityLinkRoutes(app, { ...world, lane, rings, keyStore })
  suppressionRoutes(app, { lane })
}

function receiptIssuer({ gate, settings, storage, world }: Doors) {
  const { keyStore, masterKey } = gate
  const { backupRetentionDays } = settings
  const issuing = { ...world, pool: storage.database.pool, keyStore, masterKey, backupRetentionDays }
  return (request: RequestRef) => issueReceipts({ ...issuing, hasJournal: true }, request)
}

function operationDoors(app: App, { storage, metrics }: Doors): void {
  const { pool } = storage.database
  healthRoutes(app, [
    { name: 'database', isReady: async () => (await pool.query('select 1')).rowCount === 1 },
    { name: 'migrations', isReady: async () => (await pendingMigrations(pool)).length === 0 },
  ])
  metricsRoute(app, metrics)
  docsRoutes(app)
  verifyPageRoute(app)
}
