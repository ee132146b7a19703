import type { HeedClient } from '@heed/sdk'
import type { ServerPackage } from '../commands/server-package.ts'

type LogReader = Parameters<ServerPackage['verifyLog']>[0]

const ENTRIES_AT_ONCE = 1000

/** The log as the server gives it out. Its checkpoint is asked for once: what is verified is what is kept afterwards. */
export function remoteLog(audit: HeedClient['audit']): LogReader {
  let checkpoint: Promise<string | null> | null = null
  return {
    checkpoint() {
      checkpoint ??= audit.checkpoint()
      return checkpoint
    },
    async entries(start) {
      const { data } = await audit.entries({ start, limit: ENTRIES_AT_ONCE }).firstPage()
      return data.map(({ entry, leafHash }) => ({ entry, leafHash: Buffer.from(leafHash, 'base64') }))
    },
    tile: (tile) => audit.tile(tile),
  }
}
