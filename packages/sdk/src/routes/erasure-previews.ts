import type { Transport } from '../transport.ts'
import type { ErasurePreview, NewErasurePreview } from '../wire.ts'

export type ErasurePreviewRoutes = {
  /** What an erase would do, table by table. `planHash` of the answer holds the request to it. Changes nothing. */
  readonly make: (preview: NewErasurePreview) => Promise<ErasurePreview>
}

export function erasurePreviewRoutes(transport: Transport): ErasurePreviewRoutes {
  return {
    make: (body) => transport.json({ method: 'POST', path: '/api/v1/erasure-previews', body }),
  }
}
