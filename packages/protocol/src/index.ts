export { ACCESS_EXPORT_VERSION, type AccessExport, accessExport } from './access-export/access-export.ts'
export {
  type ExportLink,
  type ExportState,
  exportLink,
  exportState,
  type NewExportLink,
  newExportLink,
} from './access-export/export-link.ts'
export {
  type AskedIdentifier,
  askedIdentifier,
  type IdentifierQuestion,
  identifierQuestion,
} from './asking/asked-identifier.ts'
export { type DropsPage, type DropsQuery, dropsPage, dropsQuery } from './asking/drops.ts'
export {
  type EventPage,
  type EventsQuery,
  eventPage,
  eventsQuery,
  eventType,
  type ListedEvent,
  listedEvent,
  type TimelineQuery,
  timelineQuery,
} from './asking/events.ts'
export { type Explanation, explanation } from './asking/explanation.ts'
export { type QueryAnswer, type QueryQuestion, queryAnswer, queryQuestion } from './asking/query.ts'
export {
  type FoundSubjects,
  foundSubjects,
  type SubjectPage,
  subjectPage,
  type TimelineEntry,
  type TimelinePage,
  timelinePage,
} from './asking/subjects.ts'
export {
  type ListedSuppression,
  type Standing,
  type SuppressionCause,
  type SuppressionPage,
  standing,
  suppressionCause,
  suppressionPage,
} from './asking/suppression-cause.ts'
export {
  type AuditEntries,
  type AuditEntriesQuery,
  type AuditEntry,
  type AuditLogQuery,
  type AuditProof,
  type AuditProofQuery,
  auditEntries,
  auditEntriesQuery,
  auditEntry,
  auditLogQuery,
  auditProof,
  auditProofQuery,
  type HeedKeys,
  heedKeys,
} from './audit/audit-log.ts'
export { COLLECTION_LIMITS } from './collection/collection-limits.ts'
export { ITEM_REJECTIONS, type ItemRejection } from './collection/item-rejections.ts'
export {
  cooladataCallSchema,
  trackingBatchSchema,
  trackingItemSchema,
} from './collection/tracking-schemas.ts'
export { type ListQuery, listPage, listQuery } from './control/list-page.ts'
export { type ProblemAnswer, problemAnswer } from './control/problem-answer.ts'
export { SCOPES, type Scope, type ScopeName, scopeName } from './control/scopes.ts'
export {
  DEFAULT_SOURCE_SETTINGS,
  type NewSource,
  newSource,
  type Source,
  type SourceChange,
  type SourceSettings,
  source,
  sourceChange,
  sourcePage,
  sourceSettings,
  sourceTrust,
  sourceWithKey,
} from './control/sources.ts'
export { displayName, timestamp } from './control/text.ts'
export {
  type ApiToken,
  apiToken,
  type NewToken,
  newToken,
  tokenCreated,
  tokenPage,
} from './control/tokens.ts'
export {
  newWorkspace,
  type Workspace,
  workspace,
  workspaceChange,
  workspaceCreated,
  workspacePage,
} from './control/workspaces.ts'
export { type Hold, hold, holdPage, type NewHold, newHold } from './holds/holds.ts'
export { PROBLEMS, Problem, type ProblemCode } from './problems.ts'
export {
  type OpenedReceipt,
  type OpenReceipt,
  openedReceipt,
  opening,
  openReceipt,
  type ReceiptAnswer,
  receipt,
  receiptAnswer,
  receiptPage,
  receiptQuery,
} from './receipts/receipts.ts'
export {
  type FunnelReport,
  type FunnelRow,
  funnelReport,
  type LifecycleReport,
  type LifecycleRow,
  lifecycleReport,
  type ReportQuery,
  type RevenueReport,
  type RevenueRow,
  reportQuery,
  revenueReport,
} from './reports/reports.ts'
export {
  type ErasurePreview,
  erasurePreview,
  type NewErasurePreview,
  newErasurePreview,
} from './requests/erasure-previews.ts'
export {
  type Approval,
  approval,
  identityLink,
  lifting,
  type NewIdentityLink,
  type NewLifting,
  type NewRequest,
  newIdentityLink,
  newLifting,
  newRequest,
  type Request,
  type RequestWithTasks,
  type Reversal,
  request,
  requestPage,
  requestWithTasks,
  reversal,
} from './requests/requests.ts'
