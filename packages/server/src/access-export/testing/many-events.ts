import type pg from 'pg'
import { seal } from '../../keys/seal.ts'
import type { GateRig } from '../../testing/gate-rig.ts'

const BATCH = 5_000

/** Gives everybody who has a key so many events of about a kilobyte, as collection would have stored them. */
export async function addEvents(pool: pg.Pool, rig: GateRig, count: number): Promise<void> {
  const { rows } = await pool.query<{ key_id: string; subject_id: string }>(
    'select key_id, subject_id from subject_key',
  )
  const [owner] = rows
  if (owner === undefined) throw new TypeError('nobody is there to have events')
  const key = (await rig.keyStore.open(rig.workspaceId, [owner.key_id])).get(owner.key_id)
  if (key === undefined) throw new TypeError('the key does not open')
  for (let at = 0; at < count; at += BATCH) {
    const ids = Array.from({ length: Math.min(BATCH, count - at) }, () => rig.newId())
    const sealed = ids.map((rowId, index) => {
      const place = { workspaceId: rig.workspaceId, keyId: key.keyId, table: 'event', rowId }
      return seal(key.key, place, contentOf(at + index))
    })
    await pool.query(
      `insert into event (workspace_id, id, seq, subject_id, key_id, source_id, type, name, event_at, received_at, sealed)
       select $1, id, nextval('fact_seq'), $4, $5, $6, 'track', 'Viewed', now(), now(), sealed
       from unnest($2::uuid[], $3::bytea[]) as new(id, sealed)`,
      [rig.workspaceId, ids, sealed, owner.subject_id, key.keyId, rig.server.sourceId],
    )
  }
}

/** Like what a browser sends: names that repeat, values that do not. */
function contentOf(number: number): string {
  const value = (salt: number) => Math.imul(number + salt, 2_654_435_761) >>> 0
  return JSON.stringify({
    userId: 'u1',
    messageId: `m-${value(1).toString(16)}-${value(2).toString(16)}-${number}`,
    context: {
      ip: `203.0.113.${number % 256}`,
      userAgent:
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
      page: {
        url: `https://shop.example/p/${value(3)}`,
        title: `Product ${value(4)}`,
        referrer: 'https://shop.example/',
      },
      screen: { width: 1920, height: 1080 },
      locale: 'en-GB',
    },
    properties: Object.fromEntries(
      Array.from({ length: 12 }, (_, at) => [`property${at}`, `value ${value(at + 5)}`]),
    ),
  })
}
