import type pg from 'pg'
import type { WrappedKey } from '../keys/key-store.ts'

/** What one look at digests tells; keyed by the digest in hex. A digest that is in neither is nobody's and unheard of. */
export type Glances = {
  readonly owners: ReadonlyMap<string, { readonly fragment: string; readonly keyId: string | null }>
  /** Something, open or lifted, stands against these. */
  readonly withHistory: ReadonlySet<string>
}

/**
 * Owners without following merges, and no more of a "no" than that there is one: two probes a digest where everything
 * takes five. Decides nothing alone: the finishing insert proves owner and key, and asks every suppression again.
 */
export async function glanceAt(
  client: pg.ClientBase | pg.Pool,
  workspaceId: string,
  digests: readonly Buffer[],
): Promise<Glances> {
  const result = await client.query<{ digest: Buffer; fragment: string | null; keyId: string | null }>({
    name: 'glance-at',
    text: `select i.digest, i.subject_id as fragment, i.key_id as "keyId"
           from identifier i where i.workspace_id = $1 and i.digest = any($2::bytea[])
           union all
           select s.digest, null, null
           from suppression s where s.workspace_id = $1 and s.digest = any($2::bytea[])`,
    values: [workspaceId, digests],
  })
  const owners = new Map<string, { fragment: string; keyId: string | null }>()
  const withHistory = new Set<string>()
  for (const { digest, fragment, keyId } of result.rows)
    if (fragment === null) withHistory.add(digest.toString('hex'))
    else owners.set(digest.toString('hex'), { fragment, keyId })
  return { owners, withHistory }
}

/** The wrapped keys of these ids; one that is gone is missing. */
export async function loadWrappedKeys(
  client: pg.ClientBase | pg.Pool,
  workspaceId: string,
  keyIds: readonly string[],
): Promise<WrappedKey[]> {
  const result = await client.query<WrappedKey>({
    name: 'load-wrapped-keys',
    text: `select key_id as "keyId", subject_id as "subjectId", kek_version as "kekVersion", wrapped
           from subject_key where workspace_id = $1 and key_id = any($2::uuid[])`,
    values: [workspaceId, keyIds],
  })
  return result.rows
}
