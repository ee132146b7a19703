import { type Listing, listPages } from '../list-pages.ts'
import type { Transport } from '../transport.ts'
import type {
  Approval,
  ExportLink,
  ExportState,
  ListQuery,
  NewExportLink,
  NewRequest,
  Request,
  RequestWithTasks,
  Reversal,
} from '../wire.ts'

export type RequestRoutes = {
  /** In effect on every node when this resolves. */
  readonly open: (request: NewRequest) => Promise<RequestWithTasks>
  readonly get: (id: string) => Promise<RequestWithTasks>
  /** Newest first. */
  readonly list: (query?: ListQuery) => Listing<Request>
  /** Carries out an erase that waited for somebody's word. */
  readonly approve: (id: string, approval?: Approval) => Promise<RequestWithTasks>
  /** Takes back what has not been carried out, or a restriction. */
  readonly cancel: (id: string) => Promise<RequestWithTasks>
  /** Brings an erased person back, while there is time. */
  readonly reverse: (id: string, reversal?: Reversal) => Promise<RequestWithTasks>
  /** How far the copy of a request for access is. */
  readonly exportState: (id: string) => Promise<ExportState>
  /** A link to that copy, which works once; the one before works no more. */
  readonly offerDownload: (id: string, link?: NewExportLink) => Promise<ExportLink>
  /** The zip a link leads to, from this server; it uses the link up. */
  readonly download: (link: Pick<ExportLink, 'url'>) => Promise<ReadableStream<Uint8Array>>
}

export function requestRoutes(transport: Transport): RequestRoutes {
  const path = '/api/v1/requests'
  const pathOf = (id: string) => `${path}/${encodeURIComponent(id)}`
  const change = (id: string, name: string, body: object = {}) =>
    transport.json<RequestWithTasks>({ method: 'POST', path: `${pathOf(id)}/${name}`, body })
  return {
    open: (body) => transport.json({ method: 'POST', path, body }),
    get: (id) => transport.json({ method: 'GET', path: pathOf(id) }),
    list: (query = {}) => listPages(transport, path, query),
    approve: (id, approval) => change(id, 'approve', approval),
    cancel: (id) => change(id, 'cancel'),
    reverse: (id, reversal) => change(id, 'reverse', reversal),
    exportState: (id) => transport.json({ method: 'GET', path: `${pathOf(id)}/export` }),
    offerDownload: (id, link = {}) =>
      transport.json({ method: 'POST', path: `${pathOf(id)}/download-links`, body: link }),
    download: ({ url }) =>
      transport.stream({ method: 'GET', path: `/exports/${new URL(url).pathname.split('/').at(-1)}` }),
  }
}
