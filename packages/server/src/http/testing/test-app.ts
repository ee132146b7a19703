import { randomBytes, randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import type { AccessParts } from '../../access/access-parts.ts'
import { createAuthenticator } from '../../access/authenticate-token.ts'
import { seedInstallation } from '../../access/seed-installation.ts'
import { type App, buildApp } from '../app.ts'
import { sourceRoutes } from '../control/sources.ts'
import { tokenRoutes } from '../control/tokens.ts'
import { workspaceRoutes } from '../control/workspaces.ts'
import { docsRoutes } from '../operations/docs-routes.ts'
import { healthRoutes } from '../operations/health.ts'
import { metricsRoute } from '../operations/metrics-route.ts'
import { type CapturedOutput, captureOutput } from './capture-output.ts'

export const ADMIN_TOKEN = 'test-admin-token-0123456789'
export const WRITE_KEY = 'test-write-key'

export type TestApp = {
  readonly app: App
  readonly parts: AccessParts
  readonly output: CapturedOutput
  /** Moves the clock on. */
  readonly pass: (ms: number) => void
  /** Makes the first workspace with `ADMIN_TOKEN` and `WRITE_KEY`; its id. */
  readonly seed: () => Promise<string>
}

/** The application with the control and operations routes and a clock of its own; `add` registers further ones. */
export async function testApp(
  pool: Pool,
  add: (app: App) => void | Promise<void> = () => {},
): Promise<TestApp> {
  let at = Date.parse('2026-11-21T12:00:00Z')
  const parts: AccessParts = {
    pool,
    now: () => new Date(at),
    random: randomBytes,
  }
  const output = captureOutput()
  const app = await buildApp({
    settings: { trustedProxies: ['127.0.0.0/8', '::1/128'], tlsCert: null, tlsKey: null },
    log: output.log,
    metrics: output.metrics,
    authenticate: createAuthenticator(parts),
    newRequestId: randomUUID,
  })
  workspaceRoutes(app, parts)
  sourceRoutes(app, parts)
  tokenRoutes(app, parts)
  healthRoutes(app, [{ name: 'database', isReady: () => pool.query('select 1').then(() => true) }])
  metricsRoute(app, output.metrics)
  docsRoutes(app)
  await add(app)
  const seed = async () =>
    (await seedInstallation(parts, { adminToken: ADMIN_TOKEN, writeKey: WRITE_KEY })).workspaceId
  const pass = (ms: number) => {
    at += ms
  }
  return { app, parts, output, pass, seed }
}
