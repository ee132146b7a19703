import { createByteBudget, type Lease } from './byte-budget.ts'
import type { CollectionParts } from './collection-parts.ts'
import { createSourceLimiter, type LimitRate } from './limit-rate.ts'

/** What all collection routes of one server have together. */
export type Door = {
  readonly parts: CollectionParts
  readonly openLease: () => Lease
  readonly limitRate: LimitRate
}

export function openDoor(parts: CollectionParts): Door {
  return {
    parts,
    openLease: createByteBudget(parts.mostBytesInFlight),
    limitRate: createSourceLimiter(parts.elapsed),
  }
}
