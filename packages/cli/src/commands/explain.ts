import type { Explanation } from '@heed/sdk'
import { CommandError } from '../command-error.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { addIdentifierOptions, type IdentifierOptions, identifiersOf } from '../identifier-options.ts'
import { columns, plural, shortTime } from '../output/columns.ts'
import type { Cli, Running } from '../running.ts'

export function addExplain({ program, action }: Cli): void {
  const command = program
    .command('explain')
    .description('is an identifier suppressed, since when, by what, and what was dropped since?')
    .addHelpText(
      'after',
      '\nExamples:\n  $ heed explain --email ada@example.com\n  $ echo userId=u1 | heed explain --stdin',
    )
  addIdentifierOptions(command).action(action(explain))
}

async function explain({ shell, options, heed, answer }: Running<IdentifierOptions>): Promise<ExitCode> {
  const [identifier, ...others] = await identifiersOf(options, shell)
  if (identifier === undefined || others.length > 0)
    throw new CommandError(EXIT.usage, 'Ask about one identifier at a time.')
  answer(await heed().suppressions.explain(identifier), said)
  return EXIT.ok
}

function said({ suppressed, since, causes, dropped, subjects }: Explanation): string {
  const facts = [
    ['suppressed', suppressed ? `yes, since ${shortTime(since)} UTC` : 'no'],
    ['people', subjects.join(', ') || 'nobody known'],
    [
      'dropped',
      dropped.since === null
        ? '-'
        : `${plural(dropped.total, 'event')} since ${shortTime(dropped.since)} UTC`,
    ],
  ]
  const rows = causes.map(({ cause, kind, scope, from, until, actor }) => [
    cause,
    kind,
    scope,
    shortTime(from),
    until === null ? 'holds' : `until ${shortTime(until)}`,
    actor,
  ])
  return rows.length === 0 ? columns(facts) : `${columns(facts)}\n\n${columns(rows)}`
}
