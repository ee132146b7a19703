import type { ColumnType } from 'kysely'

/**
 * What `tables.ts` says about a column, at run time and as a type. bigint is read as text: every `seq` compares in SQL, and
 * a number would lose digits above 2^53. numeric is text too, timestamptz a Date, bytea a Buffer.
 */
export type Column<
  Family extends ColumnFamily = ColumnFamily,
  Nullable extends boolean = boolean,
  Presence = Filled,
> = {
  readonly family: Family
  readonly isNullable: Nullable
  readonly filledBy: Presence
}

/** Who gives a column its value: the writer, the writer or a default, only the database. */
export type Filled = 'writer' | 'default' | 'database'

export type ColumnFamily = keyof Families

type Families = {
  uuid: string
  'uuid[]': string[]
  text: string
  'text[]': string[]
  bytea: Buffer
  'bytea[]': Buffer[]
  boolean: boolean
  smallint: number
  integer: number
  bigint: string
  numeric: string
  timestamptz: Date
  jsonb: unknown
}

/** What may be written: numbers and bigints are as good as their text, times may be ISO text, JSON is written as text. */
type Written<F extends ColumnFamily> = F extends 'bigint' | 'numeric'
  ? string | number | bigint
  : F extends 'timestamptz'
    ? Date | string
    : F extends 'jsonb'
      ? string
      : Families[F]

type OrNull<Value, Nullable> = Nullable extends true ? Value | null : Value

export type KyselyColumn<C> =
  C extends Column<infer F, infer N, infer P>
    ? ColumnType<
        OrNull<Families[F], N>,
        P extends 'database'
          ? never
          : P extends 'default'
            ? OrNull<Written<F>, N> | undefined
            : Insertable<F, N>,
        P extends 'database' ? never : OrNull<Written<F>, N>
      >
    : never

type Insertable<F extends ColumnFamily, N> = N extends true ? Written<F> | null | undefined : Written<F>

function column<F extends ColumnFamily>(family: F): Column<F, false, 'writer'> {
  return { family, isNullable: false, filledBy: 'writer' }
}

export const uuid = column('uuid')
export const uuids = column('uuid[]')
export const text = column('text')
export const texts = column('text[]')
export const bytea = column('bytea')
export const byteas = column('bytea[]')
export const boolean = column('boolean')
export const smallint = column('smallint')
export const integer = column('integer')
export const bigint = column('bigint')
export const numeric = column('numeric')
export const timestamptz = column('timestamptz')
export const jsonb = column('jsonb')

export function nullable<F extends ColumnFamily>(of: Column<F, false, 'writer'>): Column<F, true, 'writer'> {
  return { ...of, isNullable: true }
}

export function withDefault<F extends ColumnFamily, N extends boolean>(
  of: Column<F, N, 'writer'>,
): Column<F, N, 'default'> {
  return { ...of, filledBy: 'default' }
}

/** An identity or generated column. */
export function generated<F extends ColumnFamily>(
  of: Column<F, false, 'writer'>,
): Column<F, false, 'database'> {
  return { ...of, filledBy: 'database' }
}
