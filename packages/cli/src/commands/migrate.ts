import { EXIT } from '../exit-codes.ts'
import { plural } from '../output/columns.ts'
import type { Cli } from '../running.ts'
import { installationOf } from './server-package.ts'

export function addMigrate({ program, action }: Cli): void {
  program
    .command('migrate')
    .description('bring the database to the newest version, as every start does')
    .addHelpText('after', '\nExample:\n  $ HEED_DATABASE_URL=postgres://heed@db/heed heed migrate')
    .action(
      action(async ({ shell, answer }) => {
        const { server, installation } = await installationOf(shell)
        const applied = await server.migrateDatabase(installation, shell.now())
        answer({ applied }, said)
        return EXIT.ok
      }),
    )
}

function said({ applied }: { readonly applied: readonly string[] }): string {
  if (applied.length === 0) return 'The database is up to date.'
  return `Applied ${plural(applied.length, 'migration')}:\n${applied.map((name) => `  ${name}`).join('\n')}`
}
