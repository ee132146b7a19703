import { Readable } from 'node:stream'
import { exportLink, exportState, newExportLink } from '@heed/protocol'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { mayUse } from '../../access/principal.ts'
import type { ExportParts } from '../../access-export/export-parts.ts'
import { describeExport, type OfferingParts, offerDownload } from '../../access-export/offer-download.ts'
import { takeDownload } from '../../access-export/take-download.ts'
import type { App } from '../app.ts'
import { callerOf } from '../authenticate-call.ts'
import { idFromPath, idParams } from './call-ids.ts'

const tags = ['requests']

type Parts = OfferingParts &
  Pick<ExportParts, 'keys'> & {
    /** Where people reach this server; null: where the call was made. */
    readonly publicUrl: string | null
  }

/** Handing a person their data. */
export function accessExportRoutes(app: App, parts: Parts): void {
  app.get(
    '/api/v1/requests/:id/export',
    {
      config: { scope: 'requests:read' },
      schema: {
        tags,
        summary: 'How far the export of a request for access is.',
        params: idParams,
        response: { 200: exportState },
      },
    },
    ({ params, workspaceId }) =>
      describeExport(parts, { workspaceId, requestId: idFromPath('req', params.id) }),
  )
  app.post(
    '/api/v1/requests/:id/download-links',
    {
      config: { scope: 'requests:write' },
      schema: {
        tags,
        summary: 'A link to the export of a request for access: it works once, and replaces the one before.',
        params: idParams,
        body: newExportLink.nullish(),
        response: { 201: exportLink },
      },
    },
    async (call, reply) => {
      const link = await offerDownload(parts, {
        workspaceId: call.workspaceId,
        actor: call.actor,
        requestId: idFromPath('req', call.params.id),
        ...newExportLink.parse(call.body ?? {}),
        mayReadRestricted: mayUse(callerOf(call), 'privacy:read'),
        base: baseOf(parts.publicUrl, call),
      })
      return reply.code(201).header('cache-control', 'no-store').send(link)
    },
  )
  downloadRoute(app, parts)
}

function baseOf(publicUrl: string | null, { protocol, host }: FastifyRequest): string {
  return publicUrl ?? `${protocol}://${host}`
}

/** HEAD is not answered: programs that look at a link before the person does would be told something about it. */
function downloadRoute(app: App, parts: Parts): void {
  app.get(
    '/exports/:token',
    {
      exposeHeadRoute: false,
      schema: {
        tags,
        summary: 'The zip a download link leads to. Works once; what breaks off needs a new link.',
        produces: ['application/zip'],
        params: z.object({ token: z.string() }),
        response: { 200: z.custom<Readable>() },
      },
    },
    async ({ params, method, routeOptions }, reply) => {
      const door = `${method} ${routeOptions.url ?? ''}`
      const { bytes, content } = await takeDownload(parts, params.token, door)
      return reply
        .type('application/zip')
        .header('content-length', bytes)
        .header('content-disposition', 'attachment; filename="your-data.zip"')
        .header('cache-control', 'no-store')
        .header('referrer-policy', 'no-referrer')
        .send(Readable.from(content))
    },
  )
}
