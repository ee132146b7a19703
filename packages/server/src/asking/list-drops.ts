import { publicId } from '@heed/core'
import type { DropsPage, DropsQuery } from '@heed/protocol'
import { z } from 'zod'
import type { Asking } from './asking.ts'
import { type DropsPlace, dropsIn } from './drops.store.ts'
import { openCursor, sealCursor } from './list-cursor.ts'

const WEEK_MS = 7 * 86_400_000

/** How much was refused, by hour, source and reason. Counts only: no access to personal data. */
export async function listDrops(
  { pool, now }: Pick<Asking, 'pool' | 'now'>,
  workspaceId: string,
  query: DropsQuery,
): Promise<DropsPage> {
  const until = query.to === undefined ? now() : new Date(query.to)
  const from = query.from === undefined ? new Date(until.getTime() - WEEK_MS) : new Date(query.from)
  const after = query.cursor === undefined ? null : placeOf(query.cursor)
  const found = await dropsIn(pool).byHour({ workspaceId, from, until, after, size: query.limit + 1 })
  const rows = found.slice(0, query.limit)
  const last = found.length > rows.length ? rows.at(-1) : undefined
  return {
    data: rows.map(({ hour, source_id, reason, dropped }) => ({
      hour: hour.toISOString(),
      sourceId: publicId('src', source_id),
      reason,
      dropped: Number(dropped),
    })),
    nextCursor:
      last === undefined ? null : sealCursor([last.hour.toISOString(), last.source_id, last.reason]),
  }
}

const place = z.tuple([z.iso.datetime(), z.guid(), z.string().max(100)])

function placeOf(cursor: string): DropsPlace {
  const [hour, sourceId, reason] = openCursor(cursor, place)
  return { hour: new Date(hour), sourceId, reason }
}
