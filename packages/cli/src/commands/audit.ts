import { keepLook, keptLook } from '../audit/kept-look.ts'
import { printLogVerdict } from '../audit/print-log-verdict.ts'
import { remoteLog } from '../audit/remote-log.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Cli, Running } from '../running.ts'
import { loadServer } from './server-package.ts'

export function addAudit({ program, action }: Cli): void {
  const audit = program.command('audit').description('the log of everything that was changed or looked at')
  audit
    .command('verify')
    .description('compute the whole log again and compare it with what was signed')
    .option('--keep <file>', 'keep the keys and the checkpoint here, and compare with what was kept before')
    .addHelpText('after', HELP)
    .action(action(verify))
}

const HELP = `
Ends with 1 when one byte of the log is not what was signed. Whoever rules the server can also exchange its keys
and sign anew; with --keep on another machine that, too, is found: what was true at an earlier look must still be.
Needs a token with audit:read.

Example:
  $ heed audit verify --keep heed-audit.json`

async function verify({ options, heed, answer }: Running<{ keep?: string }>): Promise<ExitCode> {
  const server = await loadServer()
  const client = heed()
  const kept = options.keep === undefined ? null : await keptLook(options.keep)
  const offered = (await client.audit.keys()).keys.map(({ x }) => x)
  const keys = kept?.keys ?? offered
  const log = remoteLog(client.audit)
  const verdict = await server.verifyLog(log, {
    keys: keys.map((key) => Buffer.from(key, 'base64url')),
    previous: kept?.checkpoint ?? null,
  })
  const isGood = verdict.kind === 'intact' || verdict.kind === 'empty'
  if (isGood && options.keep !== undefined)
    await keepLook(options.keep, { keys: offered, checkpoint: await log.checkpoint() })
  answer({ ...verdict, isCompared: kept !== null }, printLogVerdict)
  return isGood ? EXIT.ok : EXIT.failed
}
