import { type AuditRoutes, auditRoutes } from './routes/audit.ts'
import { type CollectionRoutes, collectionRoutes } from './routes/collection.ts'
import { type ErasurePreviewRoutes, erasurePreviewRoutes } from './routes/erasure-previews.ts'
import { type EventRoutes, eventRoutes } from './routes/events.ts'
import { type HoldRoutes, holdRoutes } from './routes/holds.ts'
import { type IdentityLinkRoutes, identityLinkRoutes } from './routes/identity-links.ts'
import { type OperationRoutes, operationRoutes } from './routes/operations.ts'
import { type ReceiptRoutes, receiptRoutes } from './routes/receipts.ts'
import { type ReportRoutes, reportRoutes } from './routes/reports.ts'
import { type RequestRoutes, requestRoutes } from './routes/requests.ts'
import { type SourceRoutes, sourceRoutes } from './routes/sources.ts'
import { type SubjectRoutes, subjectRoutes } from './routes/subjects.ts'
import { type SuppressionRoutes, suppressionRoutes } from './routes/suppressions.ts'
import { type TokenRoutes, tokenRoutes } from './routes/tokens.ts'
import { type WorkspaceRoutes, workspaceRoutes } from './routes/workspaces.ts'
import { type ClientOptions, openTransport } from './transport.ts'

/** One method for every route of the control API. All of them reject with `HeedError`. */
export type HeedClient = OperationRoutes &
  CollectionRoutes & {
    readonly requests: RequestRoutes
    readonly erasurePreviews: ErasurePreviewRoutes
    readonly subjects: SubjectRoutes
    readonly holds: HoldRoutes
    readonly events: EventRoutes
    readonly suppressions: SuppressionRoutes
    readonly identityLinks: IdentityLinkRoutes
    readonly workspaces: WorkspaceRoutes
    readonly sources: SourceRoutes
    readonly tokens: TokenRoutes
    readonly reports: ReportRoutes
    readonly receipts: ReceiptRoutes
    readonly audit: AuditRoutes
  }

/**
 * A client of one Heed, as one token.
 *
 *     const heed = createClient({ baseUrl: 'http://127.0.0.1:4600', token })
 *     await heed.requests.open({ type: 'suppress', subject: { identifiers: [{ kind: 'userId', value: 'u1' }] } })
 *     for await (const event of heed.events.list({ name: 'Signed Up' }).items()) …
 */
export function createClient(options: ClientOptions): HeedClient {
  const transport = openTransport(options)
  return {
    ...operationRoutes(transport),
    ...collectionRoutes(transport, options.token),
    requests: requestRoutes(transport),
    erasurePreviews: erasurePreviewRoutes(transport),
    subjects: subjectRoutes(transport),
    holds: holdRoutes(transport),
    events: eventRoutes(transport),
    suppressions: suppressionRoutes(transport),
    identityLinks: identityLinkRoutes(transport),
    workspaces: workspaceRoutes(transport),
    sources: sourceRoutes(transport),
    tokens: tokenRoutes(transport),
    reports: reportRoutes(transport),
    receipts: receiptRoutes(transport),
    audit: auditRoutes(transport),
  }
}
