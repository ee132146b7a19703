/** The month of a time in UTC, as reports write it. */
export const MONTH_OF = (time: string): string => `to_char(${time} at time zone 'UTC', 'YYYY-MM')`

/** What an event counts as in a funnel: its type, and the name of a track after a colon. */
export const STEP_OF = (event: string): string =>
  `${event}.type || case when ${event}.name is null then '' else ':' || ${event}.name end`

/** Is a row of `subject` known by an identifier of these kinds? Of an erased one its own note tells, the rest is gone. */
export const IS_KNOWN = (subject: string, kinds: string): string =>
  `(${subject}.has_user_id
    or (${subject}.data_deleted_at is not null and ${subject}.lifecycle is not null and ${subject}.lifecycle <> 'visitor')
    or exists (select from identifier i where i.workspace_id = ${subject}.workspace_id
               and i.subject_id = ${subject}.subject_id and i.kind = any(${kinds}::text[])))`

/** Every fragment that was merged into another, with the root it belongs to: `subject_root` of all of them at once. */
export const FRAGMENTS_BELOW_A_ROOT = `
    chain(fragment, id) as (
      select a.absorbed, a.root from subject_alias a where a.workspace_id = $1
      union all
      select c.fragment, a.root from chain c join subject_alias a on a.workspace_id = $1 and a.absorbed = c.id
    ),
    below as materialized (
      select c.fragment, c.id as root from chain c
      where not exists (select from subject_alias a where a.workspace_id = $1 and a.absorbed = c.id)
    )`

/** The order of every report. Collated by bytes: an answer must not change with the server's locale. */
export const BY_CELL = `month collate "C", source_id, cell.campaign collate "C"`
