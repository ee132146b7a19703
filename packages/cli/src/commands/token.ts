import type { ApiToken, NewToken, TokenCreated } from '@heed/sdk'
import { CommandError } from '../command-error.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { columns, shortTime } from '../output/columns.ts'
import type { Cli, Running } from '../running.ts'

export function addToken({ program, action }: Cli): void {
  const token = program.command('token').description('API tokens: create, list, revoke')
  token
    .command('create')
    .description('make a token; it is shown once')
    .argument('<name>', 'what it is for, for people')
    .requiredOption('--scope <scope>', 'what it may do; can be repeated', (scope, before: string[] = []) => [
      ...before,
      scope,
    ])
    .option('--expires <time>', 'when it ends: 2027-01-31T00:00:00Z, or days from now as 90d')
    .addHelpText('after', CREATE)
    .action(action(create))
  token.command('list').description('every token, revoked ones too').action(action(list))
  token.command('revoke').description('end a token at once').argument('<id>', 'tok_…').action(action(revoke))
}

const CREATE = `
Scopes: events:read, requests:read, requests:write, subjects:read, subjects:write, privacy:read, suppressions:write,
sources:write, tokens:write, workspaces:write, audit:read, query:read, reports:read, metrics:read, import:write, and *
for all of them. Restricted people's data is shown with privacy:read only, beside the scope of the route.
A token can grant no scope it lacks. The first token comes from the first start, or from HEED_ADMIN_TOKEN.

Examples:
  $ heed token create support-desk --scope subjects:read --scope requests:write --expires 90d
  $ HEED_TOKEN=$(heed token create importer --scope events:read --json | jq -r .token) heed import events.ndjson`

type CreateOptions = { readonly scope: readonly string[]; readonly expires?: string }

async function create({ shell, args, options, heed, answer }: Running<CreateOptions>): Promise<ExitCode> {
  const made = await heed().tokens.create({
    name: args[0] ?? '',
    scopes: options.scope.map(scopeName),
    ...(options.expires === undefined ? {} : { expiresAt: endOf(options.expires, shell.now()) }),
  })
  if (made.token === null)
    throw new CommandError(
      EXIT.failed,
      `The answer with the token was lost. Revoke ${made.id} and make another.`,
    )
  answer(made, printMade)
  return EXIT.ok
}

type ScopeName = NewToken['scopes'][number]

/** The server has the list and refuses what is not on it. */
function scopeName(text: string): ScopeName {
  return text as ScopeName
}

const DAY_MS = 86_400_000

function endOf(text: string, now: Date): string {
  const days = /^(\d{1,5})d$/.exec(text)?.[1]
  const end = days === undefined ? Date.parse(text) : now.getTime() + Number(days) * DAY_MS
  if (Number.isNaN(end))
    throw new CommandError(EXIT.usage, '--expires takes a time such as 2027-01-31T00:00:00Z, or 90d.')
  return new Date(end).toISOString()
}

function printMade({ id, name, scopes, expiresAt, token }: TokenCreated): string {
  return columns([
    ['token', `${token}   (shown only now; keep it)`],
    ['id', id],
    ['name', name],
    ['scopes', scopes.join(', ')],
    ['expires', shortTime(expiresAt)],
  ])
}

async function list({ heed, answer }: Running): Promise<ExitCode> {
  const tokens: ApiToken[] = []
  for await (const token of heed().tokens.list().items()) tokens.push(token)
  answer({ tokens }, (found) => printTokens(found.tokens))
  return EXIT.ok
}

function printTokens(tokens: readonly ApiToken[]): string {
  const rows = tokens.map(({ id, name, scopes, expiresAt, lastUsedAt, revokedAt }) => [
    id,
    name,
    scopes.join(','),
    revokedAt === null ? shortTime(expiresAt) : 'revoked',
    shortTime(lastUsedAt),
  ])
  return columns([['id', 'name', 'scopes', 'expires', 'last used'], ...rows])
}

async function revoke({ args, heed, answer }: Running): Promise<ExitCode> {
  const id = args[0] ?? ''
  await heed().tokens.revoke(id)
  answer({ id, isRevoked: true }, () => `${id} has ended.`)
  return EXIT.ok
}
