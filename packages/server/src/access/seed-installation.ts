import type { Settings } from '../settings.ts'
import { inTransaction, type Transaction } from '../store/transaction.ts'
import { type AccessParts, freshId } from './access-parts.ts'
import { addSource } from './create-source.ts'
import { addToken } from './create-token.ts'
import { addWorkspace } from './create-workspace.ts'
import { mintWriteKey } from './mint-write-key.ts'
import { findSourceByKeyDigest } from './sources.store.ts'
import { mintToken, secretDigest } from './token-format.ts'
import { findTokenByDigest } from './tokens.store.ts'
import { findFirstWorkspace } from './workspaces.store.ts'

export type Seeding =
  /** The first start. What the settings did not give was made and is known only here: print it, once. */
  | {
      readonly kind: 'seeded'
      readonly workspaceId: string
      readonly madeToken: string | null
      readonly madeWriteKey: string | null
    }
  | {
      readonly kind: 'there-before'
      readonly workspaceId: string
      /** A new `HEED_ADMIN_TOKEN` became a further token; the ones before still work until they are revoked. */
      readonly isTokenAdded: boolean
      /** A new `HEED_WRITE_KEY` became a further source, so that no client stops working. */
      readonly isSourceAdded: boolean
      /** `HEED_ADMIN_TOKEN` is one that somebody revoked. It stays revoked. */
      readonly isTokenRevoked: boolean
    }

export type SeedSettings = Pick<Settings, 'adminToken' | 'writeKey'>

const ACTOR = 'settings'

/** Makes the first workspace, source and token at the first start, and brings changed settings in at every other. */
export async function seedInstallation(parts: AccessParts, settings: SeedSettings): Promise<Seeding> {
  return inTransaction(parts.pool, async (client) => {
    // Two nodes that start together on an empty database must not make two first workspaces.
    await client.query('select pg_advisory_xact_lock(4601, 1)')
    const first = await findFirstWorkspace(client)
    if (first === null) return seed(client, parts, settings)
    return addChanged(client, parts, { ...settings, workspaceId: first.workspaceId })
  })
}

async function seed(client: Transaction, parts: AccessParts, settings: SeedSettings): Promise<Seeding> {
  const workspaceId = freshId(parts)
  const madeToken = settings.adminToken === null ? mintToken(parts.random) : null
  const madeWriteKey = settings.writeKey === null ? mintWriteKey(parts.random) : null
  await addWorkspace(client, parts, { workspaceId, name: 'default', actor: ACTOR })
  await addAdminToken(client, parts, { workspaceId, secret: settings.adminToken ?? madeToken ?? '' })
  await addFirstSource(client, parts, { workspaceId, writeKey: settings.writeKey ?? madeWriteKey ?? '' })
  return { kind: 'seeded', workspaceId, madeToken, madeWriteKey }
}

type Changed = SeedSettings & { readonly workspaceId: string }

async function addChanged(client: Transaction, parts: AccessParts, changed: Changed): Promise<Seeding> {
  const { workspaceId, adminToken, writeKey } = changed
  const token = adminToken === null ? null : await findTokenByDigest(client, secretDigest(adminToken))
  const source = writeKey === null ? null : await findSourceByKeyDigest(client, secretDigest(writeKey))
  const isTokenAdded = adminToken !== null && token === null
  const isSourceAdded = writeKey !== null && source === null
  if (isTokenAdded) await addAdminToken(client, parts, { workspaceId, secret: adminToken })
  if (isSourceAdded) await addFirstSource(client, parts, { workspaceId, writeKey })
  const isTokenRevoked = token !== null && token.revokedAt !== null
  return { kind: 'there-before', workspaceId, isTokenAdded, isSourceAdded, isTokenRevoked }
}

async function addAdminToken(
  client: Transaction,
  parts: AccessParts,
  { workspaceId, secret }: { workspaceId: string; secret: string },
): Promise<void> {
  const token = { workspaceId, secret, name: 'HEED_ADMIN_TOKEN', createdBy: ACTOR, expiresAt: null }
  await addToken(client, parts, { ...token, tokenId: freshId(parts), scopes: ['*'] })
}

/** Its key is what a web page shows to everybody, so it is a client's. */
async function addFirstSource(
  client: Transaction,
  parts: AccessParts,
  { workspaceId, writeKey }: { workspaceId: string; writeKey: string },
): Promise<void> {
  const source = { name: 'HEED_WRITE_KEY', trust: 'client' as const, settings: {} }
  await addSource(client, parts, { workspaceId, sourceId: freshId(parts), actor: ACTOR, writeKey, source })
}
