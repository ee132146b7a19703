import type { Tile, TileHashes } from '@heed/core'
import type { Transaction } from '../store/transaction.ts'

type LogKey = { readonly workspaceId: string; readonly logNo: number }

/** Those of the tiles that are stored, in any order. */
export async function tilesOf(
  client: Transaction,
  { workspaceId, logNo }: LogKey,
  tiles: readonly Tile[],
): Promise<readonly TileHashes[]> {
  if (tiles.length === 0) return []
  const { rows } = await client.query<{ level: number; tile_index: string; hashes: Buffer }>(
    `select level, tile_index, hashes from audit_tile
     join unnest($3::smallint[], $4::bigint[]) as asked (level, tile_index) using (level, tile_index)
     where workspace_id = $1 and log_no = $2`,
    [workspaceId, logNo, tiles.map(({ level }) => level), tiles.map(({ index }) => index)],
  )
  return rows.map((row) => ({ level: row.level, index: Number(row.tile_index), hashes: row.hashes }))
}

/** Writes tiles that are new or have grown. */
export async function writeTiles(
  client: Transaction,
  { workspaceId, logNo }: LogKey,
  tiles: readonly TileHashes[],
): Promise<void> {
  await client.query(
    `insert into audit_tile (workspace_id, log_no, level, tile_index, hashes)
     select $1, $2, level, tile_index, hashes
     from unnest($3::smallint[], $4::bigint[], $5::bytea[]) as tile (level, tile_index, hashes)
     on conflict (workspace_id, log_no, level, tile_index) do update set hashes = excluded.hashes`,
    [
      workspaceId,
      logNo,
      tiles.map(({ level }) => level),
      tiles.map(({ index }) => index),
      tiles.map(({ hashes }) => Buffer.from(hashes)),
    ],
  )
}
