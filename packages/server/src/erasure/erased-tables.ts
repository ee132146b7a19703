import { PERSONAL_DATA, type PersonalTable } from '../store/personal-data.ts'
import { TABLES } from '../store/tables.ts'

/** A table that a scrub goes through, and how. */
export type ErasedTable = {
  readonly name: string
  /** SQL: the rows that are the person's and not scrubbed yet. $1: workspace, $2: fragments; `keyIds`: the place of theirs. */
  readonly isLeft: (keyIds: string) => string
  /** Rows are found by key id as well as by fragment. */
  readonly isKeyed: boolean
  /** The columns that become null, or null where the rows are deleted. */
  readonly clears: readonly string[] | null
}

/*
 * Keys are looked for by their own ids as well. Elsewhere a key is always that of the subject beside it: ingest proves it in
 * the statement that inserts, and an index by key on every event would cost each of them.
 */

/** Others refer to the exports; merges and salts go when nothing is left that they explain. */
const LAST = ['access_export', 'subject_alias', 'subject_salt']

/**
 * Every registered table that an erase does not keep, in the order in which they are scrubbed. A table that is registered
 * tomorrow is scrubbed and looked into tomorrow.
 */
export const ERASED_TABLES: readonly ErasedTable[] = Object.entries(PERSONAL_DATA)
  .flatMap(([name, entry]) => (isErasedBySubject(entry) ? erasedTable(name, entry) : []))
  .toSorted((a, b) => LAST.indexOf(a.name) - LAST.indexOf(b.name))

/** An address book goes with its request's key, when nobody has to be named any more. */
function isErasedBySubject(entry: (typeof PERSONAL_DATA)[string]): entry is PersonalTable {
  return entry.kind === 'personal' && entry.reachedBy.by === 'subject' && entry.action !== 'kept'
}

function erasedTable(name: string, { reachedBy, sealed, action }: PersonalTable): ErasedTable {
  const columns = columnsOf(name)
  const isKeyed = columns.has('wrapped') && columns.has('key_id')
  const isTheirs = (keyIds: string) => {
    const bySubject = `${reachedBy.column} = any($2::uuid[])`
    return `workspace_id = $1 and ${isKeyed ? `(${bySubject} or key_id = any(${keyIds}::uuid[]))` : bySubject}`
  }
  const isSealed = sealed.map((column) => `${column} is not null`).join(' or ')
  switch (action) {
    case 'nulled':
      return { name, isKeyed, isLeft: (keyIds) => `${isTheirs(keyIds)} and (${isSealed})`, clears: sealed }
    case 'anonymised': {
      const leading = [reachedBy.column, 'key_id'].filter((column) => columns.has(column))
      return { name, isKeyed, isLeft: isTheirs, clears: [...leading, ...sealed] }
    }
    default:
      return { name, isKeyed, isLeft: isTheirs, clears: null }
  }
}

function columnsOf(name: string): ReadonlySet<string> {
  const tables: Readonly<Record<string, object>> = TABLES
  return new Set(Object.keys(tables[name] ?? {}))
}
