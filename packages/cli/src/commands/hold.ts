import type { Hold } from '@heed/sdk'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { columns, shortTime } from '../output/columns.ts'
import type { Cli, Running } from '../running.ts'

export function addHold({ program, action }: Cli): void {
  const hold = program.command('hold').description('keep a person’s data until a day: an erase waits for it')
  hold
    .command('place')
    .description('begin one')
    .argument('<subject>', 'sub_…')
    .requiredOption('--reason <text>', 'why, for who reviews it')
    .requiredOption('--until <time>', 'when it ends by itself: 2027-01-31T00:00:00Z')
    .addHelpText('after', EXAMPLE)
    .action(action(place))
  hold
    .command('list')
    .description('a person’s holds, ended ones too')
    .argument('<subject>', 'sub_…')
    .addHelpText('after', '\nExample:\n  $ heed hold list sub_…')
    .action(action(list))
  hold
    .command('release')
    .description('end one before its day; an erase that waited for the last one goes on')
    .argument('<subject>', 'sub_…')
    .argument('<hold>', 'hld_…')
    .addHelpText('after', '\nExample:\n  $ heed hold release sub_… hld_…')
    .action(action(release))
}

const EXAMPLE = `
Example:
  $ heed hold place sub_… --reason "chargeback 4711" --until 2027-06-30T00:00:00Z`

type Placing = { readonly reason: string; readonly until: string }

async function place({ args, options, heed, answer }: Running<Placing>): Promise<ExitCode> {
  const { reason, until } = options
  answer(await heed().holds.place(args[0] ?? '', { reason, until }), (hold) => printHolds([hold]))
  return EXIT.ok
}

async function list({ args, heed, answer }: Running): Promise<ExitCode> {
  const holds: Hold[] = []
  for await (const hold of heed()
    .holds.list(args[0] ?? '')
    .items())
    holds.push(hold)
  answer({ holds }, (listed) => printHolds(listed.holds))
  return EXIT.ok
}

async function release({ args, heed, answer }: Running): Promise<ExitCode> {
  const [subject = '', id = ''] = args
  answer(await heed().holds.release(subject, id), (hold) => printHolds([hold]))
  return EXIT.ok
}

function printHolds(holds: readonly Hold[]): string {
  if (holds.length === 0) return 'No hold was ever placed.'
  return columns(
    holds.map(({ id, isOpen, until, releasedAt, reason }) => [
      id,
      isOpen ? `until ${shortTime(until)} UTC` : endedAt(releasedAt, until),
      reason ?? '(sealed)',
    ]),
  )
}

function endedAt(releasedAt: string | null, until: string): string {
  return releasedAt === null ? `ended ${shortTime(until)} UTC` : `released ${shortTime(releasedAt)} UTC`
}
