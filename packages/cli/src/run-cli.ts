import { Command, CommanderError } from 'commander'
import { addAudit } from './commands/audit.ts'
import { addBackup } from './commands/backup.ts'
import { addChangeRequest } from './commands/change-request.ts'
import { addDoctor } from './commands/doctor.ts'
import { addErase } from './commands/erase.ts'
import { addExplain } from './commands/explain.ts'
import { addExport } from './commands/export.ts'
import { addHold } from './commands/hold.ts'
import { addImport } from './commands/import.ts'
import { addKeys } from './commands/keys.ts'
import { addMigrate } from './commands/migrate.ts'
import { addPreview } from './commands/preview.ts'
import { addReceipt } from './commands/receipt.ts'
import { addRequest } from './commands/request.ts'
import { addRestore } from './commands/restore.ts'
import { addServe } from './commands/serve.ts'
import { addSuppress } from './commands/suppress.ts'
import { addToken } from './commands/token.ts'
import { addVerify } from './commands/verify.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { explainFailure } from './explain-failure.ts'
import { type Cli, runningOf } from './running.ts'
import type { Shell } from './shell.ts'

/** Runs one command line, without the name of the program. Never rejects: what went wrong is told and is in the exit code. */
export async function runCli(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const program = programOf(shell)
  const outcome: { exitCode: ExitCode } = { exitCode: EXIT.ok }
  const cli: Cli = {
    program,
    action: (work) =>
      async function () {
        outcome.exitCode = await work(runningOf(this, shell))
      },
  }
  for (const add of COMMANDS) add(cli)
  return program.parseAsync(args, { from: 'user' }).then(
    () => outcome.exitCode,
    (error: unknown) => giveUp(error, { shell, isJson: args.includes('--json') }),
  )
}

const COMMANDS = [
  addServe,
  addMigrate,
  addDoctor,
  addKeys,
  addToken,
  addImport,
  addSuppress,
  addExplain,
  addRequest,
  addPreview,
  addErase,
  addChangeRequest,
  addExport,
  addReceipt,
  addHold,
  addAudit,
  addVerify,
  addBackup,
  addRestore,
]

function programOf(shell: Shell): Command {
  return new Command('heed')
    .description('Run and operate a Heed server.')
    .option('--url <url>', 'where Heed answers (HEED_URL, else http://127.0.0.1:4600)')
    .option('--token <token>', 'API token; HEED_TOKEN keeps it out of the shell history')
    .option('--json', 'answer one JSON value on standard output')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({ writeOut: shell.write, writeErr: shell.tell, outputError: () => undefined })
    .addHelpText('after', EXIT_CODES)
    .showHelpAfterError(false)
    .exitOverride()
}

const EXIT_CODES = `
Exit codes:
  0  done, or as it should be
  1  failed, or not as it should be (doctor, audit verify, verify)
  2  the command or a setting is wrong
  3  nothing answers
  4  the server refused
  5  done, but not for everything (import), or waiting for somebody (erase, approve)

Examples:
  $ heed serve
  $ heed suppress --email ada@example.com
  $ heed explain --user-id u1 --json
  $ heed erase --email ada@example.com
  $ heed import events.ndjson.gz`

type GivingUp = { readonly shell: Shell; readonly isJson: boolean }

function giveUp(error: unknown, { shell, isJson }: GivingUp): ExitCode {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok
  const { exitCode, code, sentence, requestId } = explainFailure(error)
  if (isJson) shell.write(`${JSON.stringify({ error: { code, detail: sentence, requestId } })}\n`)
  else shell.tell(`heed: ${sentence}${requestId === null ? '' : ` (request ${requestId})`}\n`)
  return exitCode
}
