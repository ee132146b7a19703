import { defineConfig } from 'vitest/config'

const pure = (name: string) => ({
  test: { name, include: [`packages/${name}/src/**/*.test.ts`] },
})

/** Projects that need PostgreSQL share one cluster per run; each test file clones a migrated template from it. */
const withDatabase = {
  globalSetup: ['packages/server/src/testing/global-setup.ts'],
  testTimeout: 30_000,
  hookTimeout: 60_000,
}

export default defineConfig({
  test: {
    projects: [
      pure('core'),
      pure('protocol'),
      pure('sdk'),
      { test: { name: 'server', include: ['packages/server/src/**/*.test.ts'], ...withDatabase } },
      { test: { name: 'cli', include: ['packages/cli/src/**/*.test.ts'], ...withDatabase } },
      {
        test: {
          name: 'journeys',
          include: ['journeys/src/**/*.test.ts'],
          ...withDatabase,
          testTimeout: 180_000,
          fileParallelism: false,
        },
      },
      { test: { name: 'tools', include: ['tools/*.test.ts'] } },
    ],
  },
})
