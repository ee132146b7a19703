/** One suppression of one identifier. Times are milliseconds since 1970 by the database's clock, with fractions. */
export type SuppressionInterval = {
  readonly cause: string
  /** A source id, or the workspace id for every source. */
  readonly scope: string
  readonly fromAt: number
  /** Null while it is open. */
  readonly untilAt: number | null
  /** When set, only items whose client time is older are refused. */
  readonly clientBefore: number | null
}

/** What has to be known of an item to judge it. Times as in `SuppressionInterval`. */
export type Arrival = {
  readonly workspaceId: string
  readonly sourceId: string
  /** When the whole call had been read, by the database's clock and never later than it truly was. */
  readonly arrivedAt: number
  /** The client's own time, else the time of receipt. */
  readonly clientAt: number
  readonly receivedAt: number
  /** An import, replay or backlog. */
  readonly isRecorded: boolean
}

/** Clocks of two nodes are taken to differ by no more than this when a recorded time is compared with the database's. */
const RECORDED_TOLERANCE_MS = 5_000

/**
 * Does this suppression refuse this item? An open one refuses whatever comes; a closed one still refuses what arrived
 * before it was lifted, so that a queue, a replay or an import does not bring in what had been refused.
 * The same rule stands in the finishing insert (gate/finish-stage.ts), which has the last word.
 */
export function covers(interval: SuppressionInterval, item: Arrival): boolean {
  if (interval.scope !== item.workspaceId && interval.scope !== item.sourceId) return false
  if (interval.clientBefore !== null && item.clientAt >= interval.clientBefore) return false
  if (interval.untilAt === null) return true
  if (item.arrivedAt < interval.untilAt) return true
  return (
    item.isRecorded &&
    item.receivedAt >= interval.fromAt - RECORDED_TOLERANCE_MS &&
    item.receivedAt <= interval.untilAt + RECORDED_TOLERANCE_MS
  )
}

/**
 * Does this suppression make an opt-out a repetition? Only a "no" to the whole workspace that stands, whatever the item's
 * time: one of a single source says less, and one that was lifted while the opt-out waited has been taken back. A recorded
 * opt-out repeats what was lifted after it, too, or every archive would bring back what people have taken back.
 */
export function hasBeenSaid(interval: SuppressionInterval, item: Arrival): boolean {
  if (interval.scope !== item.workspaceId || interval.clientBefore !== null) return false
  return interval.untilAt === null || (item.isRecorded && covers(interval, item))
}
