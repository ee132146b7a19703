import { EXIT } from '../exit-codes.ts'
import { plural } from '../output/columns.ts'
import type { Cli } from '../running.ts'
import { installationOf } from './server-package.ts'

export function addBackup({ program, action }: Cli): void {
  program
    .command('backup')
    .description('write the whole database, as it is at one moment, into one file')
    .argument('<file>', 'where to write; a file of that name is replaced when the new one is whole')
    .addHelpText('after', HELP)
    .action(
      action(async ({ shell, args, answer }) => {
        const file = args[0] ?? ''
        const { server, installation } = await installationOf(shell)
        const { tables } = await server.backUp(installation, { file, now: shell.now() })
        answer({ file, tables }, said)
        return EXIT.ok
      }),
    )
}

const HELP = `
Works while Heed runs. Neither the master key nor the no-journal is in the file: keep them elsewhere, the journal
as it is now and not as it was. docs/operate/backup-restore.md has the whole procedure.

Example:
  $ heed backup /var/backups/heed-$(date +%F).backup`

type Written = { readonly file: string; readonly tables: readonly { readonly rows: number }[] }

function said({ file, tables }: Written): string {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  return `Wrote ${plural(rows, 'row')} of ${plural(tables.length, 'table')} to ${file}.\nThe master key is not in it; without that key it opens nothing.`
}
