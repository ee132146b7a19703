import type { ItemVerdict } from '../collection/collected-item.ts'
import type { Metrics } from '../http/operations/metrics.ts'

/** Counts what became of items, and why those that were rejected were. */
export function countVerdicts(metrics: Metrics): (verdicts: readonly ItemVerdict[]) => void {
  const items = metrics.counter({
    name: 'heed_items_total',
    help: 'Collected items by what became of them.',
    labels: ['outcome'],
  })
  const rejected = metrics.counter({
    name: 'heed_items_rejected_total',
    help: 'Items that were not taken though their call was, by the reason their verdict gives.',
    labels: ['code'],
  })
  return (verdicts) => {
    for (const verdict of verdicts) {
      items.inc({ outcome: verdict.kind })
      if (verdict.kind === 'rejected') rejected.inc({ code: verdict.code })
    }
  }
}
