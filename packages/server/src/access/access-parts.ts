import { newUuid } from '@heed/core'
import type { ClientBase, Pool } from 'pg'

/** What the use cases of this folder need from outside. */
export type AccessParts = {
  readonly pool: Pool
  readonly now: () => Date
  readonly random: (size: number) => Uint8Array
  /** Makes what a workspace cannot be without, such as its keys, in the transaction that makes the workspace. */
  readonly prepareWorkspace: (client: ClientBase, workspaceId: string) => Promise<void>
}

/** A fresh id in the order of time. */
export function freshId({ now, random }: Pick<AccessParts, 'now' | 'random'>): string {
  return newUuid(now().getTime(), random)
}
