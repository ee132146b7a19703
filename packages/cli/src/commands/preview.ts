import type { ErasurePreview } from '@heed/sdk'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { addIdentifierOptions, type IdentifierOptions, identifiersOf } from '../identifier-options.ts'
import { columns, plural, shortTime } from '../output/columns.ts'
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
  answer(shown, said)
  return EXIT.ok
}

function said(preview: ErasurePreview): string {
  return [about(preview), touched(preview), preview.irreversible.join('\n')]
    .filter((part) => part !== '')
    .join('\n\n')
}

function about(preview: ErasurePreview): string {
  const { subjects, otherSubjects, holds, revenueImpact } = preview
  return columns([
    ['plan', preview.planHash],
    ['would be', preview.doubt === null ? preview.status : `${preview.status} (${preview.doubt})`],
    ['people', subjects.map(({ id }) => id).join(', ') || 'nobody known'],
    ...(otherSubjects.length === 0
      ? []
      : [['not touched', `${plural(otherSubjects.length, 'other')} who share an identifier`]]),
    ...holds.map(({ id, until }) => ['held by', `${id} until ${shortTime(until)} UTC`]),
    ...revenueImpact.map(({ currency, net, orders }) => [
      'reports keep',
      `${net} ${currency ?? '(no currency)'} of ${plural(orders, 'order')}`,
    ]),
    ['due', `${shortTime(preview.dueAt)} UTC`],
    [
      'reversible',
      preview.recoverableUntil === null
        ? 'no, or not yet'
        : `until ${shortTime(preview.recoverableUntil)} UTC`,
    ],
  ])
}

/** Tables without a row of theirs say nothing to people; --json has them all. */
function touched({ tables }: ErasurePreview): string {
  const met = tables.filter(({ rows }) => rows !== 0)
  return columns(
    met.map(({ table, action, rows }) => [action, table, rows === null ? 'restricted' : plural(rows, 'row')]),
  )
}
