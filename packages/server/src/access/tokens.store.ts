import type { ScopeName } from '@heed/protocol'
import type { ClientBase, Pool } from 'pg'
import { parseScopes } from './parse-scopes.ts'

export type TokenRow = {
  readonly workspaceId: string
  readonly tokenId: string
  readonly digest: Buffer
  readonly name: string
  readonly scopes: readonly ScopeName[]
  readonly createdBy: string
  readonly createdAt: Date
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
  readonly lastUsedAt: Date | null
}

type Place = { readonly workspaceId: string; readonly tokenId: string }

const COLUMNS = `workspace_id as "workspaceId", token_id as "tokenId", digest, name, scopes, created_by as "createdBy",
  created_at as "createdAt", expires_at as "expiresAt", revoked_at as "revokedAt", last_used_at as "lastUsedAt"`

type StoredToken = Omit<TokenRow, 'scopes'> & { readonly scopes: readonly string[] }

export async function insertToken(
  client: ClientBase,
  token: Omit<TokenRow, 'revokedAt' | 'lastUsedAt'>,
): Promise<void> {
  await client.query(
    `insert into api_token (workspace_id, token_id, digest, name, scopes, created_by, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      token.workspaceId,
      token.tokenId,
      token.digest,
      token.name,
      token.scopes,
      token.createdBy,
      token.createdAt,
      token.expiresAt,
    ],
  )
}

export async function findTokenByDigest(db: ClientBase | Pool, digest: Buffer): Promise<TokenRow | null> {
  const { rows } = await db.query<StoredToken>(`select ${COLUMNS} from api_token where digest = $1`, [digest])
  return rows[0] === undefined ? null : withScopes(rows[0])
}

export async function findToken(db: ClientBase | Pool, place: Place): Promise<TokenRow | null> {
  const { rows } = await db.query<StoredToken>(
    `select ${COLUMNS} from api_token where workspace_id = $1 and token_id = $2`,
    [place.workspaceId, place.tokenId],
  )
  return rows[0] === undefined ? null : withScopes(rows[0])
}

/** One row more than `limit` when there is a next page. */
export async function listTokens(
  db: ClientBase | Pool,
  page: { workspaceId: string; after: string | null; limit: number },
): Promise<TokenRow[]> {
  const { rows } = await db.query<StoredToken>(
    `select ${COLUMNS} from api_token
     where workspace_id = $1 and ($2::uuid is null or token_id > $2)
     order by token_id limit $3`,
    [page.workspaceId, page.after, page.limit + 1],
  )
  return rows.map(withScopes)
}

/** Revokes once: the first time stands. Says whether this call did it. */
export async function revokeTokenRow(
  client: ClientBase,
  { workspaceId, tokenId }: Place,
  at: Date,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update api_token set revoked_at = $3 where workspace_id = $1 and token_id = $2 and revoked_at is null`,
    [workspaceId, tokenId, at],
  )
  return rowCount === 1
}

/** Never moves back: two nodes may note their uses in either order. */
export async function noteTokenUse(pool: Pool, { workspaceId, tokenId }: Place, at: Date): Promise<void> {
  await pool.query(
    `update api_token set last_used_at = greatest(last_used_at, $3) where workspace_id = $1 and token_id = $2`,
    [workspaceId, tokenId, at],
  )
}

function withScopes(row: StoredToken): TokenRow {
  return { ...row, scopes: parseScopes(row.scopes) }
}
