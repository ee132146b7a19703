import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

export type Ran = { readonly exitCode: number | null; readonly out: string; readonly err: string }

/** A command line as an operator types it, with these variables of Heed and no others. */
export function runHeedCommand(
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Ran {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('HEED_'))
  const { status, stdout, stderr } = spawnSync(process.execPath, ['packages/cli/src/main.ts', ...args], {
    cwd: ROOT,
    env: { ...Object.fromEntries(others), ...variables },
    encoding: 'utf8',
  })
  return { exitCode: status, out: stdout, err: stderr }
}
