import type { TestProject } from 'vitest/node'
import { startTestServer, type TestServer } from './test-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    testServer: TestServer
  }
}

type Shared = { users: number; server: ReturnType<typeof startTestServer> | null }

/** Every vitest project runs this file for itself; the first one starts the server and the last one stops it. */
const shared = sharedState()

/** vitest asks for a default export or these two names. */
export async function setup(project: TestProject): Promise<void> {
  shared.users += 1
  shared.server ??= startTestServer(process.env.TEST_DATABASE_URL || null)
  const { url, template } = await shared.server
  project.provide('testServer', { url, template })
}

export async function teardown(): Promise<void> {
  shared.users -= 1
  if (shared.users > 0) return
  const server = await shared.server
  shared.server = null
  await server?.stop()
}

/** Projects load this module separately, so the state hangs on the process. */
function sharedState(): Shared {
  const process_ = globalThis as { [key: symbol]: Shared | undefined }
  const key = Symbol.for('heed.testing.server')
  process_[key] ??= { users: 0, server: null }
  return process_[key]
}
