import { z } from 'zod'
import { listPage } from './list-page.ts'
import { scopeName } from './scopes.ts'
import { displayName, timestamp } from './text.ts'

const scopes = z
  .array(scopeName)
  .min(1)
  .transform((names) => [...new Set(names)])

export const apiToken = z.object({
  id: z.string().describe('tok_…'),
  name: z.string(),
  scopes: z.array(scopeName),
  createdBy: z.string().describe('The actor that made it.'),
  createdAt: timestamp,
  expiresAt: timestamp.nullable(),
  revokedAt: timestamp.nullable(),
  lastUsedAt: timestamp.nullable().describe('To the minute.'),
})

/** A token cannot grant a scope it lacks, nor outlive itself through another. */
export const newToken = z.strictObject({
  name: displayName,
  scopes,
  expiresAt: timestamp.nullable().default(null),
})

/** `token` is null when the call is a repeat: it is shown once. */
export const tokenCreated = apiToken.extend({ token: z.string().nullable() })

export const tokenPage = listPage(apiToken)

export type ApiToken = z.infer<typeof apiToken>
export type NewToken = z.infer<typeof newToken>
