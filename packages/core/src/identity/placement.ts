/** Positions point into the item's list of identifiers. */
export type Placement =
  | {
      readonly kind: 'drop'
      readonly reason: 'suppressed' | 'device-suppressed'
      /** Whose suppression goes over to whom; empty lists when it stays where it is. */
      readonly from: readonly number[]
      readonly to: readonly number[]
    }
  | Stored

export type Stored = {
  readonly kind: 'store'
  /** The root the item belongs to, or null for somebody new. */
  readonly home: string | null
  /** The identifier under whose owner the row is written. */
  readonly primary: number
  /** Identifiers without an owner that become the home's. */
  readonly attach: readonly number[]
  /** Device-bound identifiers that follow the latest user id. */
  readonly move: readonly number[]
  /** Addresses that stay with their first owner. */
  readonly mention: readonly number[]
  /** Roots that become part of the home. */
  readonly absorb: readonly string[]
}
