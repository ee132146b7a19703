import type pg from 'pg'

/** Has an item with this message id been taken or refused before? Read with the gate held; null was never seen. */
export async function wasSeen(client: pg.ClientBase, messageDigest: Buffer | null): Promise<boolean> {
  if (messageDigest === null) return false
  const { rowCount } = await client.query('select from message_seen where digest = $1::uuid limit 1', [
    messageDigest.toString('hex'),
  ])
  return rowCount === 1
}
