/** A vendor, or the person, may have to be asked once more before the due date. */
const DAYS_BEFORE_DUE = 3
const DAY_MS = 86_400_000

/** Days that are left to the due date are not spent on the time to reverse; when there are none, there is no such time. */
export function endOfWindow(at: Date, dueAt: Date, reversalDays: number): Date {
  const longest = at.getTime() + reversalDays * DAY_MS
  const latest = dueAt.getTime() - DAYS_BEFORE_DUE * DAY_MS
  return new Date(Math.max(at.getTime(), Math.min(longest, latest)))
}
