import { open, unlink } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import type { ExportLink, ExportState, HeedClient } from '@heed/sdk'
import { CommandError } from '../command-error.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { addIdentifierOptions, type IdentifierOptions, identifiersOf } from '../identifier-options.ts'
import { columns, shortTime } from '../output/columns.ts'
import type { Cli, Running } from '../running.ts'
import type { Shell } from '../shell.ts'

type Options = IdentifierOptions & {
  readonly out?: string
  readonly link?: true
  readonly request?: string
  readonly reason?: string
}

export function addExport({ program, action }: Cli): void {
  const command = program
    .command('export')
    .description('pack a copy of what is stored of a person, for them')
    .addHelpText('after', HELP)
  addIdentifierOptions(command)
    .option(
      '--out <file>',
      'where the zip goes; by default export-<request>.zip, never over a file that is there',
    )
    .option('--link', 'answer a link for the person instead of downloading; it works once')
    .option('--request <id>', 'req_…: go on with a request that was opened before')
    .option('--reason <text>', 'for your own record; no personal data')
    .action(action(exportPerson))
}

const HELP = `
Name everything the person has shown to be theirs: what only a browser or app joined to that is left out.

Exit codes: 0 it is there; 1 nobody is known by what was named, or the copy is gone; 2 to 4 as for every command.

Examples:
  $ heed export --email ada@example.com --user-id u1 --out ada.zip
  $ heed export --user-id u1 --link
  $ heed export --request req_… --out ada.zip`

type Exported = {
  readonly request: string
  readonly state: ExportState['state']
  readonly file?: { readonly path: string; readonly bytes: number }
  readonly link?: ExportLink
}

async function exportPerson({ shell, options, heed, answer }: Running<Options>): Promise<ExitCode> {
  const client = heed({ timeoutMs: LONGEST_DOWNLOAD_MS })
  const request = options.request ?? (await openRequest(client, options, shell))
  const { state } = await waitUntilMade(client, shell, request)
  if (state !== 'ready') {
    answer<Exported>({ request, state }, said)
    return EXIT.failed
  }
  const link = await client.requests.offerDownload(request)
  if (options.link === true) answer<Exported>({ request, state, link }, said)
  else
    answer<Exported>({ request, state, file: await download(client, link, fileOf(options, request)) }, said)
  return EXIT.ok
}

const LONGEST_DOWNLOAD_MS = 3_600_000
const BETWEEN_LOOKS_MS = 500

async function openRequest(client: HeedClient, options: Options, shell: Shell): Promise<string> {
  const { id } = await client.requests.open({
    type: 'access',
    subject: { identifiers: await identifiersOf(options, shell) },
    ...(options.reason === undefined ? {} : { reason: options.reason }),
  })
  return id
}

async function waitUntilMade(client: HeedClient, shell: Shell, request: string): Promise<ExportState> {
  let shown = ''
  for (;;) {
    const state = await client.requests.exportState(request)
    const progress = `${request}: ${state.state}, ${megabytes(state.bytes)}\n`
    if (shell.isWatched && progress !== shown) shell.tell(progress)
    shown = progress
    if (state.state !== 'making') return state
    await pause(BETWEEN_LOOKS_MS)
  }
}

function fileOf({ out }: Options, request: string): string {
  return out ?? `export-${request}.zip`
}

/** Readable by nobody else, and gone again if it does not arrive whole. */
async function download(
  client: HeedClient,
  link: ExportLink,
  path: string,
): Promise<{ readonly path: string; readonly bytes: number }> {
  const handle = await open(path, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    const why =
      cause.code === 'EEXIST' ? 'is there already' : `cannot be written (${cause.code ?? 'unknown'})`
    throw new CommandError(EXIT.usage, `${path} ${why}; --out names another file.`)
  })
  const zip = await client.requests.download(link).catch(withdraw(path))
  const target = handle.createWriteStream()
  await zip.pipeTo(Writable.toWeb(target)).catch(withdraw(path))
  return { path, bytes: target.bytesWritten }
}

function withdraw(path: string): (cause: unknown) => Promise<never> {
  return async (cause) => {
    await unlink(path)
    throw cause
  }
}

function said({ request, state, file, link }: Exported): string {
  const rows = [['request', request]]
  if (file !== undefined) rows.push(['file', file.path], ['size', megabytes(file.bytes)])
  else if (link !== undefined)
    rows.push(['link', link.url], ['good until', `${shortTime(link.expiresAt)} UTC, once`])
  else rows.push(['export', SAID[state]])
  return columns(rows)
}

const SAID: Readonly<Record<ExportState['state'], string>> = {
  making: 'is being made',
  ready: 'is there',
  'not-found': 'nobody is known by what was named, or they were erased',
  gone: 'was kept long enough and is gone',
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}
