import { erasurePreview, newErasurePreview } from '@heed/protocol'
import { type PreviewParts, previewErasure } from '../../erasure/preview-erasure.ts'
import type { App } from '../app.ts'
import { askerOf } from '../asking/asker-of.ts'

export function erasurePreviewRoutes(app: App, parts: PreviewParts): void {
  app.post(
    '/api/v1/erasure-previews',
    {
      config: { scope: 'requests:write' },
      schema: {
        tags: ['requests'],
        summary: 'What an erase would do: table by table, and what cannot be taken back. Changes nothing.',
        body: newErasurePreview,
        response: { 200: erasurePreview },
      },
    },
    (call) => previewErasure(parts, askerOf(call), call.body),
  )
}
