import { z } from 'zod'
import { listPage } from './list-page.ts'
import { displayName, timestamp } from './text.ts'

export const workspace = z.object({
  id: z.string().describe('wsp_…'),
  name: z.string(),
  createdAt: timestamp,
})

export const newWorkspace = z.strictObject({ name: displayName })

export const workspaceChange = z.strictObject({ name: displayName })

/** `token` is the new workspace's first API token, with every scope; null when the call is a repeat: it is shown once. */
export const workspaceCreated = workspace.extend({ token: z.string().nullable() })

export const workspacePage = listPage(workspace)

export type Workspace = z.infer<typeof workspace>
