import { hold, holdPage, listQuery, newHold } from '@heed/protocol'
import { z } from 'zod'
import type { Asking } from '../../asking/asking.ts'
import { listHolds, readHold } from '../../holds/list-holds.ts'
import { type HoldParts, placeHold } from '../../holds/place-hold.ts'
import { type ReleaseParts, releaseHold } from '../../holds/release-hold.ts'
import type { App } from '../app.ts'
import { askerOf } from '../asking/asker-of.ts'
import { idFromPath, idParams } from './call-ids.ts'

const tags = ['subjects']
const config = { scope: 'subjects:write' } as const
const holdParams = z.object({ id: z.string(), holdId: z.string() })

export function holdRoutes(app: App, parts: HoldParts & ReleaseParts & { readonly asking: Asking }): void {
  app.post(
    '/api/v1/subjects/:id/holds',
    {
      config,
      schema: {
        tags,
        summary: 'Keep a person’s data until a day: an erase waits, with the person suppressed meanwhile.',
        params: idParams,
        body: newHold,
        response: { 200: hold, 201: hold },
      },
    },
    async (call, reply) => {
      const subjectId = idFromPath('sub', call.params.id)
      const { workspaceId, actor, idempotencyKey } = call
      const placing = { workspaceId, actor, idempotencyKey, subjectId, hold: call.body }
      const { holdId, isNew } = await placeHold(parts, placing)
      const placed = await readHold(parts.asking, askerOf(call), { subjectId, holdId })
      return reply.code(isNew ? 201 : 200).send(placed)
    },
  )
  app.get(
    '/api/v1/subjects/:id/holds',
    {
      config: { scope: 'subjects:read' },
      schema: {
        tags,
        summary: 'A person’s holds, newest first, ended and released ones too.',
        params: idParams,
        querystring: listQuery,
        response: { 200: holdPage },
      },
    },
    (call) =>
      listHolds(parts.asking, askerOf(call), {
        subjectId: idFromPath('sub', call.params.id),
        query: call.query,
      }),
  )
  app.post(
    '/api/v1/subjects/:id/holds/:holdId/release',
    {
      config,
      schema: {
        tags,
        summary: 'End a hold before its day. An erase that waited for the last one goes on.',
        params: holdParams,
        response: { 200: hold },
      },
    },
    async (call) => {
      const subjectId = idFromPath('sub', call.params.id)
      const holdId = idFromPath('hld', call.params.holdId)
      const { workspaceId, actor } = call
      await releaseHold(parts, { workspaceId, actor, subjectId, holdId })
      return readHold(parts.asking, askerOf(call), { subjectId, holdId })
    },
  )
}
