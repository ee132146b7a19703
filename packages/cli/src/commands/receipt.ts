import type { HeedClient, ReceiptAnswer } from '@heed/sdk'
import { CommandError } from '../command-error.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { columns, shortTime } from '../output/columns.ts'
import type { Cli, Running } from '../running.ts'

export function addReceipt({ program, action }: Cli): void {
  const receipt = program.command('receipt').description('signed outcomes of requests')
  receipt
    .command('list')
    .description('the receipts of a request, newest first; the newest one of each task counts')
    .argument('<request>', 'req_…')
    .addHelpText('after', '\nExample:\n  $ heed receipt list req_…')
    .action(action(list))
  receipt
    .command('show')
    .description('one receipt as JSON, as heed verify takes it')
    .argument('<id>', 'rcp_…; of req_… the newest one')
    .option('--person', "the person's copy, which says whom it is about; needs requests:write, and is logged")
    .addHelpText('after', '\nExample:\n  $ heed receipt show req_… > receipt.json')
    .action(action(show))
}

async function list({ args, heed, answer }: Running): Promise<ExitCode> {
  const receipts: ReceiptAnswer[] = []
  for await (const one of heed()
    .receipts.ofRequest(args[0] ?? '')
    .items())
    receipts.push(one)
  answer({ receipts }, (listed) => printReceipts(listed.receipts))
  return EXIT.ok
}

function printReceipts(receipts: readonly ReceiptAnswer[]): string {
  if (receipts.length === 0) return 'There is no receipt yet.'
  return columns(
    receipts.map(({ receipt }) => [
      receipt.receiptId,
      receipt.destination.id,
      receipt.outcome,
      `${shortTime(receipt.issuedAt)} UTC`,
      receipt.supersedes === null ? '' : `supersedes ${receipt.supersedes}`,
    ]),
  )
}

async function show({ args, options, heed, answer }: Running<{ readonly person?: true }>): Promise<ExitCode> {
  const { receipts } = heed()
  const named = args[0] ?? ''
  const id = named.startsWith('req_') ? await newestOf(receipts, named) : named
  const found = await (options.person === true ? receipts.personsCopy(id) : receipts.get(id))
  answer(found, (receipt) => JSON.stringify(receipt, null, 2))
  return EXIT.ok
}

async function newestOf(receipts: HeedClient['receipts'], requestId: string): Promise<string> {
  const { data } = await receipts.ofRequest(requestId, { limit: 1 }).firstPage()
  const [newest] = data
  if (newest === undefined) throw new CommandError(EXIT.failed, 'This request has no receipt yet.')
  return newest.receipt.receiptId
}
