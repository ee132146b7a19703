import { EXIT, type ExitCode } from '../exit-codes.ts'
import { addIdentifierOptions, type IdentifierOptions, identifiersOf } from '../identifier-options.ts'
import { printPreview } from '../requests/print-preview.ts'
import type { Cli, Running } from '../running.ts'

type Options = IdentifierOptions & { readonly suppress: boolean; readonly submitted?: string }

export function addPreview({ program, action }: Cli): void {
  const command = program
    .command('preview')
    .description('what an erase would do to a person, table by table; changes nothing')
    .addHelpText('after', PREVIEW)
  addIdentifierOptions(command)
    .option('--no-suppress', 'as if newer events were let in again')
    .option('--submitted <time>', 'when the person asked, if that was earlier: 2027-01-31T00:00:00Z')
    .action(action(preview))
}

const PREVIEW = `
The plan hash of the answer holds an erase to what was shown: it is refused when it would do something else by then.

Examples:
  $ heed preview --email ada@example.com
  $ heed preview --user-id u1 --json | jq -r .planHash`

async function preview({ shell, options, heed, answer }: Running<Options>): Promise<ExitCode> {
  const { suppress, submitted } = options
  const shown = await heed().erasurePreviews.make({
    subject: { identifiers: await identifiersOf(options, shell) },
    suppress,
    ...(submitted === undefined ? {} : { submittedAt: submitted }),
  })
  answer(shown, printPreview)
  return EXIT.ok
}
