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
