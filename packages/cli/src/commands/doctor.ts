import { EXIT } from '../exit-codes.ts'
import type { Cli } from '../running.ts'
import { installationOf } from './server-package.ts'

export function addDoctor({ program, action }: Cli): void {
  program
    .command('doctor')
    .description('print the settings with secrets masked, and find usual mistakes')
    .addHelpText(
      'after',
      '\nEnds with 1 when something is wrong. Changes nothing, and needs no running server.',
    )
    .action(
      action(async ({ shell, answer }) => {
        const { server, installation } = await installationOf(shell)
        const diagnosis = await server.diagnose(installation.settings, shell.now)
        answer(diagnosis, (found) => server.printDiagnosis(found).trimEnd())
        return diagnosis.findings.some(({ kind }) => kind === 'wrong') ? EXIT.failed : EXIT.ok
      }),
    )
}
