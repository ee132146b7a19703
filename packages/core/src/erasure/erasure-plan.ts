/** What an erase does to the rows of a table. */
export type PlannedAction = 'nulled' | 'deleted' | 'anonymised' | 'kept'

/**
 * What an erase will do, as somebody agreed to it. How many rows it meets is not part of it: what is collected of the person
 * until the request is opened goes with the rest, however much it is, and counting again while every writer of the
 * workspace waits would make the erase as slow as the person is old.
 */
export type ErasurePlan = {
  /** Whether newer events stay out, too. */
  readonly suppress: boolean
  /** Everybody the named identifiers lead to: the digests, in hex, of all identifiers each is known by. */
  readonly people: readonly (readonly string[])[]
  /** Digests of named identifiers that nobody owns. */
  readonly unowned: readonly string[]
  readonly tables: readonly { readonly table: string; readonly action: PlannedAction }[]
  /** Where it is carried out, and the version of the settings it is carried out with. */
  readonly destinations: readonly { readonly destination: string; readonly settings: string }[]
  /** Ids of the holds that stand. */
  readonly holds: readonly string[]
  /** Why somebody has to look before anything is erased; null: nobody has to. */
  readonly doubt: string | null
}

/**
 * One text for one plan, in whatever order its parts were found: two links made the other way round give the same person
 * another root and other rows first, and the same plan.
 */
export function canonicalPlan(plan: ErasurePlan): string {
  return JSON.stringify({
    version: 1,
    suppress: plan.suppress,
    people: inOrder(plan.people.map((digests) => JSON.stringify(inOrder(digests)))),
    unowned: inOrder(plan.unowned),
    tables: inOrder(plan.tables.map(({ table, action }) => JSON.stringify([table, action]))),
    destinations: inOrder(
      plan.destinations.map(({ destination, settings }) => JSON.stringify([destination, settings])),
    ),
    holds: inOrder(plan.holds),
    doubt: plan.doubt,
  })
}

/** Sorted by code unit, which no locale changes, each once. */
function inOrder(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort()
}

/** The plan's name: who shows it again has agreed to exactly this plan. `sha256` answers 64 hex digits. */
export function planHash(plan: ErasurePlan, sha256: (text: string) => string): string {
  return sha256(canonicalPlan(plan))
}
