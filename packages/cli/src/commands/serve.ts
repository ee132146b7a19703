import { EXIT } from '../exit-codes.ts'
import type { Cli } from '../running.ts'
import { loadServer } from './server-package.ts'

export function addServe({ program, action }: Cli): void {
  program
    .command('serve')
    .description('run Heed in the foreground until SIGTERM; settings are HEED_… variables')
    .addHelpText(
      'after',
      '\nExamples:\n  $ heed serve\n  $ HEED_DATA_DIR=/var/lib/heed HEED_PORT=80 heed serve',
    )
    .action(
      action(async () => {
        const { runServer } = await loadServer()
        await runServer()
        return process.exitCode === EXIT.usage ? EXIT.usage : EXIT.ok
      }),
    )
}
