import type pg from 'pg'
import type { WrappedKey } from '../keys/key-store.ts'

export type AddressKind = 'identifier' | 'opening'

export type AddressRow = { readonly addressId: string; readonly sealed: Buffer }

/** The rows of requests' address books. Nothing here opens them. */
export function addressBookIn(client: Pick<pg.ClientBase, 'query'>, workspaceId: string) {
  return {
    async insertKey(
      requestId: string,
      key: { readonly row: WrappedKey; readonly destroyAfter: Date; readonly createdAt: Date },
    ): Promise<void> {
      await client.query(
        `insert into request_key (workspace_id, request_id, kek_version, wrapped, destroy_after, created_at)
         values ($1, $2, $3, $4, $5, $6)`,
        [workspaceId, requestId, key.row.kekVersion, key.row.wrapped, key.destroyAfter, key.createdAt],
      )
    },

    async key(requestId: string): Promise<{ readonly kekVersion: number; readonly wrapped: Buffer } | null> {
      const { rows } = await client.query<{ kekVersion: number; wrapped: Buffer }>(
        'select kek_version as "kekVersion", wrapped from request_key where workspace_id = $1 and request_id = $2',
        [workspaceId, requestId],
      )
      return rows[0] ?? null
    },

    async insert(requestId: string, kind: AddressKind, addresses: readonly AddressRow[]): Promise<void> {
      await client.query(
        `insert into request_address (workspace_id, request_id, address_id, kind, sealed)
         select $1, $2, address_id, $3, sealed from unnest($4::uuid[], $5::bytea[]) as u(address_id, sealed)`,
        [
          workspaceId,
          requestId,
          kind,
          addresses.map(({ addressId }) => addressId),
          addresses.map(({ sealed }) => sealed),
        ],
      )
    },

    async list(requestId: string, kind: AddressKind): Promise<readonly AddressRow[]> {
      const { rows } = await client.query<AddressRow>(
        `select address_id as "addressId", sealed from request_address
         where workspace_id = $1 and request_id = $2 and kind = $3 order by address_id`,
        [workspaceId, requestId, kind],
      )
      return rows
    },

    async remove(requestId: string, addressIds: readonly string[]): Promise<void> {
      await client.query(
        'delete from request_address where workspace_id = $1 and request_id = $2 and address_id = any($3::uuid[])',
        [workspaceId, requestId, addressIds],
      )
    },
  }
}
