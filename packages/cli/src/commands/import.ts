import { createHash } from 'node:crypto'
import { CommandError } from '../command-error.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { examineArchive } from '../import/archive-file.ts'
import { importArchive } from '../import/import-archive.ts'
import { type ImportState, readState } from '../import/import-state.ts'
import { printImport, startImportProgress } from '../import/print-import.ts'
import { EMPTY_TALLY } from '../import/tally.ts'
import type { Cli, Running } from '../running.ts'

type Options = {
  readonly writeKey?: string
  readonly state?: string
  readonly again?: true
}

export function addImport({ program, action }: Cli): void {
  program
    .command('import')
    .description('hand in events that were received before: Segment archives, RudderStack dumps')
    .argument('<file>', 'one event a line as JSON (NDJSON), plain or gzip')
    .option('--write-key <key>', 'the source to import into (HEED_WRITE_KEY)')
    .option('--state <file>', 'where progress is kept; default: beside the file, as FILE.heed-import')
    .option('--again', 'import from the first line, whatever the progress file says')
    .addHelpText('after', HELP)
    .action(action(importFile))
}

const HELP = `
Every event is judged by its own receivedAt: what arrived while its person was suppressed stays out. Its message id
keeps it from being stored twice; where it has none, one is made of the file and the line. An import that was
interrupted goes on where it stopped when the same command is given again.
The token needs events:read, to be told what became of each event. Ends with 5 when lines were passed over.

Examples:
  $ heed import 1700000000000.1.gz --write-key my-archive-source
  $ for file in archive/*.gz; do heed import "$file" || break; done`

/** A server that is busy with the batches before, or with its clients, is waited for much longer than by a person. */
const PATIENCE = { mostRetries: 60, timeoutMs: 300_000 }

async function importFile(running: Running<Options>): Promise<ExitCode> {
  const { shell, options, answer } = running
  const writeKey = options.writeKey ?? shell.settings.writeKey
  if (writeKey === null)
    throw new CommandError(EXIT.usage, 'A write key is needed: --write-key, or HEED_WRITE_KEY.')
  const heed = running.heed(PATIENCE)
  const archive = await examineArchive(running.args[0] ?? '')
  const stateFile = options.state ?? `${archive.path}.heed-import`
  const target = targetOf(running.url, writeKey)
  const before = options.again === true ? null : await readState(stateFile)
  refuseOther(before, { file: archive.digest, target })
  if (before !== null && before.finishedAt !== null) return finish(before, answer)
  const progress = startImportProgress(shell, { isQuiet: running.isJson, archive })
  const state = await importArchive({
    heed,
    writeKey,
    archive,
    stateFile,
    state: before ?? beginning({ file: archive.digest, target }),
    now: shell.now,
    onProgress: progress.at,
  }).finally(progress.stop)
  return finish(state, answer)
}

type Subject = Pick<ImportState, 'file' | 'target'>

function beginning(subject: Subject): ImportState {
  return { format: 'heed-import', version: 1, ...subject, lines: 0, tally: EMPTY_TALLY, finishedAt: null }
}

/** The write key itself must not lie beside the file. */
function targetOf(url: string, writeKey: string): string {
  return createHash('sha256').update(`${url}\n${writeKey}`).digest('base64url')
}

function refuseOther(state: ImportState | null, { file, target }: Subject): void {
  if (state === null || (state.file === file && state.target === target)) return
  const other = state.file === file ? 'another server or source' : 'another file'
  throw new CommandError(
    EXIT.usage,
    `The progress file is of ${other}; name a new one with --state, or give --again.`,
  )
}

function finish(state: ImportState, answer: Running['answer']): ExitCode {
  const { lines, finishedAt, tally } = state
  answer({ lines, finishedAt, ...tally }, printImport)
  return tally.counts.rejected + tally.counts.malformed > 0 ? EXIT.incomplete : EXIT.ok
}
