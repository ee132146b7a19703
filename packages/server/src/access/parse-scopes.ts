import { type ScopeName, scopeName } from '@heed/protocol'

/** Scopes as the database has them. One that a newer version wrote means nothing here, and so allows nothing. */
export function parseScopes(texts: readonly string[]): ScopeName[] {
  return texts.flatMap((text) => {
    const parsed = scopeName.safeParse(text)
    return parsed.success ? [parsed.data] : []
  })
}
