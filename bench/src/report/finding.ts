/** One line of the table. */
export type Finding = {
  readonly what: string
  readonly measured: string
  /** What has to be kept, and what would be better; blank where there is nothing to keep. */
  readonly hold: string
  readonly reachFor: string
  /** Null: a figure to know, with nothing to hold. */
  readonly isHeld: boolean | null
}
