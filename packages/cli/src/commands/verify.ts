import { readFile, stat } from 'node:fs/promises'
import { describeVerdict, verifyReceipt, webCryptography } from '@heed/core'
import { CommandError } from '../command-error.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { printVerdict } from '../receipts/print-verdict.ts'
import type { Cli, Running } from '../running.ts'

export function addVerify({ program, action }: Cli): void {
  program
    .command('verify')
    .description('is a receipt genuine, what does it prove, and what not? Asks no server')
    .argument(
      '<receipt>',
      "the JSON of a receipt, the person's copy of it, or its bare JWS; - reads standard input",
    )
    .requiredOption('--keys <file>', 'what /.well-known/heed-keys.json of the server answered')
    .addHelpText('after', HELP)
    .action(action(verify))
}

const HELP = `
Ends with 0 when the receipt is genuine, and with 1 when it is not: changed by one byte, signed by another key, or
no receipt at all. Fetch the keys yourself, and early: who brings both receipt and keys can have made both.

Example:
  $ curl -s https://heed.example.com/.well-known/heed-keys.json > keys.json
  $ heed verify receipt.json --keys keys.json`

async function verify({ shell, args, options, answer }: Running<{ keys: string }>): Promise<ExitCode> {
  const [named = ''] = args
  const keys = await textOf(options.keys, 'The file of --keys')
  const file = named === '-' ? await shell.readInput() : await textOf(named, 'The receipt')
  const verdict = await verifyReceipt({ file, keys }, webCryptography(globalThis.crypto.subtle))
  if (verdict.kind === 'no-keys') throw new CommandError(EXIT.usage, describeVerdict(verdict))
  answer({ ...verdict, sentence: describeVerdict(verdict) }, printVerdict)
  return verdict.kind === 'valid' ? EXIT.ok : EXIT.failed
}

/** Neither receipts nor keys come near it. */
const MOST_BYTES = 1024 * 1024

async function textOf(path: string, what: string): Promise<string> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => refuse(what, cause))
  if (found.size > MOST_BYTES) throw new CommandError(EXIT.usage, `${what} is larger than 1 MiB.`)
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => refuse(what, cause))
}

function refuse(what: string, cause: NodeJS.ErrnoException): never {
  throw new CommandError(EXIT.usage, `${what} cannot be read (${cause.code ?? 'unknown'}).`, { cause })
}
