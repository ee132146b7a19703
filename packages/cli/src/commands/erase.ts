import { openRequest } from '../requests/open-request.ts'
import { addRequestOptions } from '../requests/request-options.ts'
import type { Cli } from '../running.ts'

export function addErase({ program, action }: Cli): void {
  const command = program
    .command('erase')
    .description('make what is stored of a person unreadable now, and delete it when it cannot be reversed')
    .addHelpText('after', HELP)
  addRequestOptions(command, 'erase').action(action((running) => openRequest(running, 'erase')))
}

const HELP = `
At a terminal it shows what would be done and asks; it then does that or nothing. Elsewhere it needs --yes, or the
--plan-hash of a preview somebody has looked at. Ends with 5 when it waits for a hold or for an approval.

Examples:
  $ heed erase --email ada@example.com
  $ heed erase --user-id u1 --jurisdiction gdpr --yes --wait
  $ heed erase --user-id u1 --plan-hash "$(heed preview --user-id u1 --json | jq -r .planHash)"`
