import type pg from 'pg'

/** Has an item with this message id been taken or refused before? Read with the gate held; null was never seen. */
export async function wasSeen(
  client: pg.ClientBase,
  workspaceId: string,
  messageDigest: Buffer | null,
): Promise<boolean> {
  if (messageDigest === null) return false
  const { rowCount } = await client.query(
    'select from message_seen where workspace_id = $1 and digest = $2 limit 1',
    [workspaceId, messageDigest],
  )
  return rowCount === 1
}
