import { EXIT } from '../exit-codes.ts'
import { plural } from '../output/columns.ts'
import type { Cli } from '../running.ts'
import { installationOf } from './server-package.ts'

export function addRestore({ program, action }: Cli): void {
  program
    .command('restore')
    .description('load a backup into an empty database')
    .argument('<file>', 'a file that heed backup has written')
    .addHelpText('after', HELP)
    .action(
      action(async ({ shell, args, answer }) => {
        const { server, installation } = await installationOf(shell)
        const { takenAt, tables } = await server.restoreInto(installation, args[0] ?? '')
        answer({ takenAt: takenAt.toISOString(), tables }, said)
        return EXIT.ok
      }),
    )
}

const HELP = `
A database that has tables is refused. To put an embedded one back: stop Heed, move the folder postgres of the data
folder away, leave master.key, node-id and journal where they are, restore, start. At that start Heed applies
every "no" since the backup from the no-journal before it takes calls.

Example:
  $ heed restore /var/backups/heed-2026-11-21.backup`

type Restored = { readonly takenAt: string; readonly tables: readonly { readonly rows: number }[] }

function said({ takenAt, tables }: Restored): string {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  return (
    `Restored ${plural(rows, 'row')} of ${plural(tables.length, 'table')} as they were at ${takenAt}.\n` +
    'Start Heed with the same master key and the current no-journal: it applies every "no" made since, then takes calls.'
  )
}
