import type pg from 'pg'
import type { BackupSequence, BackupTable } from './backup-frames.ts'

/**
 * Every table of the database with its columns, each after those its foreign keys name, so that rows can be loaded in
 * this order. Partitions come with their parent; generated columns come by themselves; unlogged tables hold nothing worth
 * keeping; `heed_migration` stands in the header.
 */
export async function tablesToBackUp(client: pg.ClientBase): Promise<readonly BackupTable[]> {
  const { rows } = await client.query<BackupTable & { needs: string[] }>(`
    select c.relname as name,
      array(select a.attname::text from pg_attribute a
            where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
            order by a.attnum) as columns,
      array(select k.confrelid::regclass::text from pg_constraint k
            where k.conrelid = c.oid and k.contype = 'f' and k.confrelid <> c.oid) as needs
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and c.relpersistence = 'p' and c.relname <> 'heed_migration'
    order by c.relname`)
  return inOrderOfNeed(rows)
}

export async function sequencesOf(client: pg.ClientBase): Promise<readonly BackupSequence[]> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'S' order by 1`,
  )
  const sequences: BackupSequence[] = []
  for (const { name } of rows) sequences.push({ name, ...(await positionOf(client, name)) })
  return sequences
}

/** The months that `event` has partitions for, as `YYYY-MM`. */
export async function eventMonthsOf(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'event'::regclass and c.relname ~ '^event_[0-9]{4}_[0-9]{2}$' order by 1`,
  )
  return rows.map(({ name }) => name.slice('event_'.length).replace('_', '-'))
}

async function positionOf(client: pg.ClientBase, name: string): Promise<Omit<BackupSequence, 'name'>> {
  const { rows } = await client.query<{ last_value: string; is_called: boolean }>(
    `select last_value::text, is_called from ${quote(name)}`,
  )
  return { lastValue: rows[0]?.last_value ?? '1', isCalled: rows[0]?.is_called ?? false }
}

export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function inOrderOfNeed(tables: readonly (BackupTable & { needs: string[] })[]): readonly BackupTable[] {
  const ordered: BackupTable[] = []
  let waiting = tables
  while (waiting.length > 0) {
    const names = new Set(waiting.map(({ name }) => name))
    const ready = waiting.filter(({ needs }) => needs.every((need) => !names.has(need)))
    if (ready.length === 0) throw new Error(`tables need each other: ${[...names].join(', ')}`)
    ordered.push(...ready.map(({ name, columns }) => ({ name, columns })))
    waiting = waiting.filter((table) => !ready.includes(table))
  }
  return ordered
}
