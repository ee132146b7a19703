import { randomBytes } from 'node:crypto'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { columns, plural } from '../output/columns.ts'
import { type Progress, startProgress } from '../output/progress.ts'
import type { Cli, Running } from '../running.ts'
import { installationOf, type ServerPackage } from './server-package.ts'

type KeyList = Awaited<ReturnType<ServerPackage['listKeys']>>
type MasterKeyChanged = Awaited<ReturnType<ServerPackage['changeMasterKey']>>
type WorkspaceKeysChanged = Awaited<ReturnType<ServerPackage['changeWorkspaceKeys']>>

export function addKeys({ program, action }: Cli): void {
  const keys = program
    .command('keys')
    .description('the keys that seal personal data: show their ids, rotate them')
  keys.command('show').description('which keys there are, by ids and versions').action(action(show))
  const rotate = keys.command('rotate').description('wrap keys anew under a new one; data is not touched')
  rotate
    .command('master')
    .description('change the master key, in the data folder or for HEED_MASTER_KEY')
    .option('--to <file>', 'with HEED_MASTER_KEY: the file of the new key, made if it is not there')
    .addHelpText('after', ROTATE_MASTER)
    .action(action(rotateMaster))
  rotate
    .command('workspace')
    .description('give one workspace, or every one, a new key')
    .argument('[workspace]', 'wsp_…; every workspace when absent')
    .addHelpText('after', ROTATE_WORKSPACE)
    .action(action(rotateWorkspaces))
}

const ROTATE_MASTER = `
Works beside a running Heed. What was interrupted goes on when it is called again.
With HEED_MASTER_KEY, nodes are then started anew with the key in the file.

Examples:
  $ heed keys rotate master
  $ HEED_MASTER_KEY=… heed keys rotate master --to /run/secrets/heed-master-key.new`

const ROTATE_WORKSPACE = `
Works beside a running Heed. What was interrupted goes on when it is called again.

Examples:
  $ heed keys rotate workspace
  $ heed keys rotate workspace wsp_01a20067-9826-776d-8ab7-0bd1a01c7141`

async function show({ shell, answer }: Running): Promise<ExitCode> {
  const { server, installation } = await installationOf(shell)
  answer(await server.listKeys(installation), printKeys)
  return EXIT.ok
}

function printKeys({ masterKeyIds, workspaces }: KeyList): string {
  const rows = workspaces.map(({ workspaceId, keyVersions, digestKeyVersions, subjectKeys }) => [
    workspaceId,
    keyVersions.join(', ') || '-',
    digestKeyVersions.join(', ') || '-',
    String(subjectKeys),
  ])
  const table = columns([['workspace', 'key version', 'digest key', 'subject keys'], ...rows])
  return `master key  ${masterKeyIds.join(', ') || '-'}\n\n${table}`
}

async function rotateMaster({ shell, options, isJson, answer }: Running<{ to?: string }>): Promise<ExitCode> {
  const { server, installation } = await installationOf(shell)
  const progress = startProgress(shell, { isQuiet: isJson, noun: 'key' })
  const changed = await server
    .changeMasterKey(installation, {
      newKeyFile: options.to ?? null,
      now: shell.now,
      random: randomBytes,
      onProgress: ({ rewrapped, total }) => progress.at(rewrapped, total),
    })
    .finally(progress.stop)
  answer(changed, printMasterChange)
  return EXIT.ok
}

function printMasterChange({ from, to, rewrapped, newKeyFile }: MasterKeyChanged): string {
  const done = `The master key is ${to} now, and was ${from}; ${plural(rewrapped, 'key')} wrapped anew.`
  const next =
    newKeyFile === null
      ? 'Restart the nodes that run.'
      : `Set HEED_MASTER_KEY to what ${newKeyFile} holds, and start every node anew with it.`
  return `${done}\n${next}\nThe key before still opens older backups; keep it as long as you keep them.`
}

async function rotateWorkspaces({ shell, args, isJson, answer }: Running): Promise<ExitCode> {
  const { server, installation } = await installationOf(shell)
  const progress: Progress = startProgress(shell, { isQuiet: isJson, noun: 'key' })
  const changed = await server
    .changeWorkspaceKeys(installation, {
      workspace: args[0] ?? null,
      now: shell.now,
      random: randomBytes,
      onProgress: ({ rewrapped, total }) => progress.at(rewrapped, total),
    })
    .finally(progress.stop)
  answer({ workspaces: changed }, ({ workspaces }) => printWorkspaceChanges(workspaces))
  return EXIT.ok
}

function printWorkspaceChanges(changed: WorkspaceKeysChanged): string {
  return columns(
    changed.map(({ workspace, kekVersion, rewrapped, isResumed }) => [
      workspace,
      kekVersion === null ? 'has no key yet' : `key version ${kekVersion}`,
      `${plural(rewrapped, 'subject key')} wrapped anew${isResumed ? ', an interrupted rotation finished' : ''}`,
    ]),
  )
}
