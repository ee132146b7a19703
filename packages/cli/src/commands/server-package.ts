import type { CommandLog, Settings } from '@heed/server'
import { CommandError } from '../command-error.ts'
import { EXIT } from '../exit-codes.ts'
import type { Shell } from '../shell.ts'

export type ServerPackage = typeof import('@heed/server')

/**
 * The server's code, for the commands that do their work in this process. It is loaded when one of them runs and not
 * before: the others start faster without it, and run where only the command line is installed.
 */
export async function loadServer(): Promise<ServerPackage> {
  try {
    return await import('@heed/server')
  } catch (cause) {
    if (!isMissing(cause)) throw cause
    throw new CommandError(
      EXIT.usage,
      'This command runs in a checkout of Heed or in its image, where the server is.',
      {
        cause,
      },
    )
  }
}

type LoadedInstallation = {
  readonly server: ServerPackage
  readonly installation: { readonly settings: Settings; readonly log: CommandLog }
}

/** The server's code, with the settings of the installation that this shell's HEED_… variables name. */
export async function installationOf(shell: Shell): Promise<LoadedInstallation> {
  const server = await loadServer()
  const read = server.readSettings(shell.settings.environment)
  if (read.kind === 'wrong') throw new CommandError(EXIT.usage, read.problems.join('\n      '))
  return { server, installation: { settings: read.settings, log: logTo(shell) } }
}

function logTo({ tell }: Shell): CommandLog {
  const warn = (facts: unknown, sentence?: unknown) => {
    const said = typeof facts === 'string' ? facts : sentence
    tell(`heed: ${typeof said === 'string' ? said : 'the database server has trouble'}\n`)
  }
  return { info: () => undefined, warn, error: warn }
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND'
}
