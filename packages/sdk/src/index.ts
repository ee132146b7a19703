export { createClient, type HeedClient } from './create-client.ts'
export { HeedError, type WrongPlace } from './heed-error.ts'
export type { Listing, Page } from './list-pages.ts'
export type { LogTile } from './routes/audit.ts'
export type { ImportAnswer, ImportVerdict, RecordedEvents } from './routes/collection.ts'
export type { Readiness } from './routes/operations.ts'
export type { ClientOptions } from './transport.ts'
export type {
  ApiToken,
  AuditEntriesQuery,
  AuditEntry,
  AuditProof,
  AuditProofQuery,
  DroppedInHour,
  DropsQuery,
  EventsQuery,
  Explanation,
  FoundSubjects,
  FunnelReport,
  HeedKeys,
  Hold,
  IdentityLink,
  LifecycleReport,
  Lifting,
  ListedEvent,
  ListedSuppression,
  ListQuery,
  NamedIdentifier,
  NewHold,
  NewLifting,
  NewRequest,
  NewSource,
  NewToken,
  QueryAnswer,
  ReportQuery,
  Request,
  RevenueReport,
  Source,
  SourceChange,
  SourceWithKey,
  SubjectPage,
  SuppressionCause,
  TimelineEntry,
  TokenCreated,
  Workspace,
  WorkspaceCreated,
} from './wire.ts'
