import { describe, expect, test } from 'vitest'
import { layerViolations } from './layers.ts'
import { impurities } from './purity.ts'
import { isTestCode, isTypeScript, repositoryFiles } from './source-files.ts'

const sources = repositoryFiles().filter(({ path }) => isTypeScript(path))

test('every import of the repository keeps to the layers', { timeout: 60_000 }, () => {
  expect(sources.length).toBeGreaterThan(10)
  expect(sources.flatMap(layerViolations)).toEqual([])
})

test('core reads no clock, no chance and no world', () => {
  const core = sources.filter(({ path }) => path.startsWith('packages/core/src/') && !isTestCode(path))
  expect(core.length).toBeGreaterThan(0)
  expect(core.flatMap(impurities)).toEqual([])
})

const violations = (path: string, text: string) => layerViolations({ path, text })

describe('a planted violation is found', () => {
  test.each([
    ['packages/core/src/gate/judge.ts', "import { createHash } from 'node:crypto'", 'no dependencies'],
    ['packages/core/src/gate/judge.ts', "import { z } from 'zod'", 'no dependencies'],
    ['packages/core/src/gate/judge.ts', "import type { Problem } from '@heed/protocol'", 'may not import'],
    ['packages/protocol/src/wire.ts', "import { startServer } from '@heed/server'", 'may not import'],
    ['packages/connectors/src/registry.ts', "import { Problem } from '@heed/protocol'", 'may not import'],
    [
      'packages/server/src/requests/open-request.ts',
      "import { all } from '@heed/connectors'",
      'may not import',
    ],
    ['packages/server/src/requests/open-request.ts', "import { Heed } from '@heed/sdk'", 'may not import'],
    [
      'packages/server/src/requests/open-request.ts',
      "import mail from 'nodemailer'",
      'the driver nodemailer',
    ],
    ['packages/server/src/requests/open-request.ts', 'const pool = new pg.Pool()', 'opens connections'],
    ['packages/server/src/requests/open-request.ts', 'const client = new Client({})', 'opens connections'],
    ['packages/server/src/requests/open-request.ts', "import { app } from '../http/app.ts'", 'the door'],
    ['packages/server/src/jobs/sweep.ts', "const { app } = await import('../http/app.ts')", 'the door'],
    ['packages/server/src/server.ts', "import './main.ts'", 'imports main.ts'],
    ['packages/server/src/server.ts', 'const plugin = await import(name)', 'computed'],
    [
      'packages/server/src/server.ts',
      "import { x } from '../../core/src/identity/identifier.ts'",
      'reaches into',
    ],
    [
      'packages/server/src/server.ts',
      "import { x } from '@heed/core/src/identity/identifier.ts'",
      'src/index.ts',
    ],
    ['packages/server/src/server.ts', "export * from '../../core/src/index.ts'", 'reaches into'],
    ['packages/server/src/server.ts', "type Id = import('../../core/src/index.ts').Id", 'reaches into'],
    ['packages/sdk/src/client.ts', "import { requestOpened } from '@heed/protocol'", 'types only'],
    ['packages/sdk/src/client.ts', "import { type RequestOpened } from '@heed/protocol'", 'types only'],
    ['packages/sdk/src/client.ts', "import { z } from 'zod'", 'no dependencies'],
    ['packages/console/src/page.tsx', "import { newUuid } from '@heed/core'", 'may not import'],
    ['packages/cli/src/commands/explain.ts', "import { startServer } from '@heed/server'", 'may not import'],
    ['tools/tidy.ts', "import { newUuid } from '@heed/core'", 'may not import'],
    ['journeys/src/opt-out.test.ts', "import { x } from '../../packages/core/src/index.ts'", 'reaches into'],
  ])('%s: %s', (path, text, complaint) => {
    expect(violations(path, text)).toEqual([expect.stringContaining(complaint)])
  })
})

describe('what the layers allow is not complained about', () => {
  test.each([
    ['packages/core/src/gate/judge.test.ts', "import fc from 'fast-check'"],
    ['packages/protocol/src/wire.ts', "import { newUuid } from '@heed/core'"],
    ['packages/server/src/main.ts', "import { all } from '@heed/connectors'"],
    ['packages/server/src/main.ts', "import { app } from './http/app.ts'"],
    [
      'packages/server/src/http/control/requests.ts',
      "import { openRequest } from '../../requests/open-request.ts'",
    ],
    ['packages/server/src/start/open-doors.ts', "import { app } from '../http/app.ts'"],
    ['packages/server/src/store/database.ts', "import pg from 'pg'\nconst pool = new pg.Pool()"],
    ['packages/server/src/collection/events.store.ts', "import { from } from 'pg-copy-streams'"],
    ['packages/server/src/requests/open-request.ts', "import type { PoolClient } from 'pg'"],
    ['packages/server/src/requests/erase.ts', "import { erase } from '@heed/connectors/kit'"],
    ['packages/sdk/src/client.ts', "import type { RequestOpened } from '@heed/protocol'"],
    ['packages/cli/src/commands/verify.ts', "import { verifyReceipt } from '@heed/core'"],
    ['packages/cli/src/commands/serve.ts', "import { startServer } from '@heed/server'"],
    ['packages/cli/src/commands/keys.ts', "import { rotateKeys } from '@heed/server'"],
    ['journeys/src/opt-out.test.ts', "import { startServer } from '@heed/server'"],
    ['packages/core/src/gate/judge.ts', "// import { z } from 'zod'\nexport const text = \"import 'zod'\""],
  ])('%s', (path, text) => {
    expect(violations(path, text)).toEqual([])
  })
})

describe('core that looks at the world is found', () => {
  test.each([
    'new Date()',
    'Date.now()',
    'Math.random()',
    'fetch("https://example.com")',
    'crypto.randomUUID()',
    'process.env',
  ])('%s', (expression) => {
    expect(
      impurities({ path: 'packages/core/src/gate/judge.ts', text: `const x = ${expression}` }),
    ).toHaveLength(1)
  })

  test('a date made from an argument is not', () => {
    const text =
      'export const at = (nowMs: number, fetch: Fetch) => [new Date(nowMs), call.fetch, { process: 1 }]'
    expect(impurities({ path: 'packages/core/src/gate/judge.ts', text })).toEqual([])
  })
})
