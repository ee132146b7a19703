import type { NewRequest, Request } from '@heed/sdk'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { addIdentifierOptions, type IdentifierOptions, identifiersOf } from '../identifier-options.ts'
import { columns, plural, shortTime } from '../output/columns.ts'
import type { Cli, Running, Work } from '../running.ts'

type Options = IdentifierOptions & { readonly source?: readonly string[]; readonly reason?: string }

export function addSuppress({ program, action }: Cli): void {
  const suppress = program
    .command('suppress')
    .description('collect nothing more of a person, from now on and on every node')
    .addHelpText('after', SUPPRESS)
  addIdentifierOptions(suppress)
  addRequestOptions(suppress).action(action(opening('suppress')))

  const unsuppress = program
    .command('unsuppress')
    .description('lift what suppress requests and opt-outs have begun for a person')
    .addHelpText('after', UNSUPPRESS)
  addIdentifierOptions(unsuppress)
  addRequestOptions(unsuppress).action(action(opening('unsuppress')))
}

const SUPPRESS = `
Several identifiers are one person's. Whoever is known to be the same person is covered.

Examples:
  $ heed suppress --email ada@example.com --user-id u1 --kind csuId=4711
  $ heed suppress --stdin < identifiers.txt        (one kind=value a line)
  $ heed suppress --user-id u1 --source src_…      (this source only)`

const UNSUPPRESS = `
What was refused in between stays out.

Example:
  $ heed unsuppress --email ada@example.com`

function addRequestOptions(command: ReturnType<typeof addIdentifierOptions>) {
  return command
    .option(
      '--source <id>',
      'src_…: only what comes through this source; can be repeated',
      (id, before: string[] = []) => [...before, id],
    )
    .option('--reason <text>', 'for your own record; no personal data')
}

function opening(type: NewRequest['type']): Work<Options> {
  return async ({ shell, options, heed, answer }: Running<Options>): Promise<ExitCode> => {
    const { source, reason } = options
    const request = await heed().requests.open({
      type,
      subject: { identifiers: await identifiersOf(options, shell) },
      ...(source === undefined ? {} : { scope: { sources: source } }),
      ...(reason === undefined ? {} : { reason }),
    })
    answer(request, said)
    return EXIT.ok
  }
}

function said({ id, type, status, scope, identifierCount, settledAt }: Request): string {
  return columns([
    ['request', id],
    [type, status === 'settled' ? `in effect since ${shortTime(settledAt)} UTC` : status],
    ['named', plural(identifierCount, 'identifier')],
    ['scope', scope.sources?.join(', ') ?? 'every source'],
  ])
}
