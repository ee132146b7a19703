import type { HeedClient, RequestWithTasks } from '@heed/sdk'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { confirm } from '../requests/confirm.ts'
import { exitCodeOf, followRequest } from '../requests/follow-request.ts'
import { printRequest } from '../requests/print-request.ts'
import type { Cli, Running } from '../running.ts'

/** `approve`, `cancel` and `reverse`: what can be done to a request that is open. */
export function addChangeRequest({ program, action }: Cli): void {
  program
    .command('approve')
    .description('carry out an erase that waits, because it names several people or one by hearsay')
    .argument('<id>', 'req_…')
    .option('--subject <id>', 'sub_…: only this one of its people; can be repeated', collect)
    .option('--yes', 'do not show the request and ask')
    .option('--wait', 'until nothing of it moves any more')
    .addHelpText('after', APPROVE)
    .action(action(approve))
  program
    .command('cancel')
    .description('take back an erase that has not been carried out yet, or a restriction')
    .argument('<id>', 'req_…')
    .addHelpText('after', '\nExample:\n  $ heed cancel req_…')
    .action(action((running) => change(running, (requests, id) => requests.cancel(id))))
  program
    .command('reverse')
    .description('bring an erased person back, under every identifier, while there is time')
    .argument('<id>', 'req_…')
    .option('--keep-suppressed', 'what is stored is there again, and nothing more is collected')
    .addHelpText('after', REVERSE)
    .action(action(reverse))
}

const APPROVE = `
The people it does not name with --subject are let go: they are neither erased nor suppressed by this request.

Example:
  $ heed approve req_… --subject sub_…`

const REVERSE = `
Ends with 4 when the time is over: then the keys are destroyed, and nobody can bring the data back.

Example:
  $ heed reverse req_…`

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

type Approving = {
  readonly subject?: readonly string[]
  readonly yes?: true
  readonly wait?: true
}

async function approve(running: Running<Approving>): Promise<ExitCode> {
  const { shell, args, options, heed, answer } = running
  const id = args[0] ?? ''
  if (options.yes !== true)
    await confirm(shell, {
      show: async () => printRequest(await heed().requests.get(id)),
      question: options.subject === undefined ? 'Erase all of them?' : 'Erase those that were named?',
      instead: '--yes',
    })
  const { subject } = options
  const approved = await heed().requests.approve(id, subject === undefined ? {} : { subjects: subject })
  const request = options.wait === true ? await followRequest(running, approved) : approved
  answer(request, printRequest)
  return exitCodeOf(request)
}

function reverse(running: Running<{ readonly keepSuppressed?: true }>): Promise<ExitCode> {
  const keepSuppressed = running.options.keepSuppressed === true
  return change(running, (requests, id) => requests.reverse(id, keepSuppressed ? { keepSuppressed } : {}))
}

async function change(
  { args, heed, answer }: Pick<Running, 'args' | 'heed' | 'answer'>,
  work: (requests: HeedClient['requests'], id: string) => Promise<RequestWithTasks>,
): Promise<ExitCode> {
  answer(await work(heed().requests, args[0] ?? ''), printRequest)
  return EXIT.ok
}
