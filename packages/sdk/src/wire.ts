/**
 * The shapes of the wire, read off the schemas that the server itself validates with. Types only: nothing of the protocol
 * package is loaded when this one runs.
 */
import type {
  approval,
  askedIdentifier,
  auditEntriesQuery,
  auditProofQuery,
  DropsPage,
  dropsQuery,
  eventsQuery,
  identityLink,
  lifting,
  listQuery,
  newErasurePreview,
  newExportLink,
  newRequest,
  newSource,
  newToken,
  opening,
  reportQuery,
  reversal,
  sourceWithKey,
  timelineQuery,
  tokenCreated,
  workspaceCreated,
} from '@heed/protocol'

export type {
  ApiToken,
  AuditEntry,
  AuditProof,
  ErasurePreview,
  Explanation,
  ExportLink,
  ExportState,
  FoundSubjects,
  FunnelReport,
  HeedKeys,
  Hold,
  LifecycleReport,
  ListedEvent,
  ListedSuppression,
  NewHold,
  NewLifting,
  OpenedReceipt,
  QueryAnswer,
  ReceiptAnswer,
  Request,
  RequestWithTasks,
  RevenueReport,
  Source,
  SourceChange,
  SubjectPage,
  SuppressionCause,
  TimelineEntry,
  Workspace,
} from '@heed/protocol'

/** What a schema lets a caller send: members with a default may be left out. */
type Sent<Schema extends { readonly _zod: { readonly input: unknown } }> = Frozen<Schema['_zod']['input']>
/** Nothing that is handed in is ever changed, so constants may be. */
type Frozen<Value> = Value extends object ? { readonly [Key in keyof Value]: Frozen<Value[Key]> } : Value

type Answered<Schema extends { readonly _zod: { readonly output: unknown } }> = Schema['_zod']['output']

/** `kind` is userId, anonymousId, email, phone, deviceId, or the name of an external id. */
export type NamedIdentifier = Sent<typeof askedIdentifier>
export type NewRequest = Sent<typeof newRequest>
export type NewErasurePreview = Sent<typeof newErasurePreview>
export type NewExportLink = Sent<typeof newExportLink>
export type Approval = Sent<typeof approval>
export type Reversal = Sent<typeof reversal>
export type NewSource = Sent<typeof newSource>
export type NewToken = Sent<typeof newToken>
export type Opening = Sent<typeof opening>
export type SourceWithKey = Answered<typeof sourceWithKey>
export type TokenCreated = Answered<typeof tokenCreated>
export type WorkspaceCreated = Answered<typeof workspaceCreated>
export type IdentityLink = Answered<typeof identityLink>
export type Lifting = Answered<typeof lifting>
export type DroppedInHour = DropsPage['data'][number]

/** What a query holds before it becomes text: the server reads numbers from it, so its schema says `unknown`. */
type Wire<Schema extends { readonly _zod: { readonly output: unknown } }> = Readonly<
  Partial<Schema['_zod']['output']>
>

/** How a list is asked for; the iterator puts the cursor in. */
type Asked<Query> = Omit<Query, 'cursor' | 'limit'> & { readonly limit?: number }

export type ListQuery = Asked<Sent<typeof listQuery>>
export type EventsQuery = Asked<Sent<typeof eventsQuery>>
export type TimelineQuery = Asked<Sent<typeof timelineQuery>>
export type AuditEntriesQuery = Asked<Wire<typeof auditEntriesQuery>>
export type AuditProofQuery = Wire<typeof auditProofQuery>
export type ReportQuery = Sent<typeof reportQuery>
export type DropsQuery = Asked<Sent<typeof dropsQuery>>
