import { z } from 'zod'

/** What a token may do, one scope a capability; `*` is all of them. A scope implies no other. */
export const SCOPES = [
  'events:read',
  'requests:read',
  'requests:write',
  'subjects:read',
  'subjects:write',
  'privacy:read',
  'suppressions:write',
  'sources:write',
  'tokens:write',
  'workspaces:write',
  'audit:read',
  'query:read',
  'reports:read',
  'metrics:read',
  'import:write',
] as const

export type Scope = (typeof SCOPES)[number]

export const scopeName = z.enum([...SCOPES, '*'])

export type ScopeName = z.infer<typeof scopeName>
