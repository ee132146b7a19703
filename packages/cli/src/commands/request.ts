import type { Request } from '@heed/sdk'
import { InvalidArgumentError } from 'commander'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { exitCodeOf, followRequest } from '../requests/follow-request.ts'
import { openRequest } from '../requests/open-request.ts'
import { printRequest, printRequests } from '../requests/print-request.ts'
import { addRequestOptions, type RequestType } from '../requests/request-options.ts'
import type { Cli, Running } from '../running.ts'

export function addRequest({ program, action }: Cli): void {
  const request = program.command('request').description('what people ask for: open, show, list')
  for (const [type, { does, example }] of Object.entries(TYPES) as [RequestType, TypeHelp][])
    addRequestOptions(request.command(type).description(does), type)
      .addHelpText('after', `\nExample:\n  $ heed request ${type} ${example}`)
      .action(action((running) => openRequest(running, type)))
  request
    .command('show')
    .description('one request, and what has become of it')
    .argument('<id>', 'req_…')
    .option('--wait', 'until nothing of it moves any more')
    .addHelpText('after', '\nExample:\n  $ heed request show req_… --wait')
    .action(action(show))
  request
    .command('list')
    .description('the newest requests')
    .option('--limit <count>', 'how many', wholeNumber, 20)
    .addHelpText('after', '\nExample:\n  $ heed request list --limit 100')
    .action(action(list))
}

type TypeHelp = { readonly does: string; readonly example: string }

const TYPES: Readonly<Record<RequestType, TypeHelp>> = {
  suppress: { does: 'collect nothing more of a person', example: '--email ada@example.com' },
  unsuppress: {
    does: 'lift what suppress requests and opt-outs have begun for a person',
    example: '--email ada@example.com',
  },
  erase: { does: 'the same as heed erase', example: '--user-id u1' },
  access: {
    does: 'pack a copy of what is stored of a person; heed export hands it out',
    example: '--user-id u1 --wait',
  },
  restrict: {
    does: 'collect no more and show what is stored to few, until heed cancel',
    example: '--user-id u1',
  },
  correct: { does: 'put traits of a profile right', example: '--user-id u1 --trait city=Paris' },
}

function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It takes a whole number.')
  return Number(text)
}

async function show(running: Running<{ readonly wait?: true }>): Promise<ExitCode> {
  const { args, heed, answer, options } = running
  const found = await heed().requests.get(args[0] ?? '')
  const request = options.wait === true ? await followRequest(running, found) : found
  answer(request, printRequest)
  return options.wait === true ? exitCodeOf(request) : EXIT.ok
}

async function list({ heed, answer, options }: Running<{ readonly limit: number }>): Promise<ExitCode> {
  const requests: Request[] = []
  if (options.limit > 0)
    for await (const request of heed().requests.list().items()) {
      requests.push(request)
      if (requests.length === options.limit) break
    }
  answer({ requests }, (listed) => printRequests(listed.requests))
  return EXIT.ok
}
