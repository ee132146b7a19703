import type pg from 'pg'

/** A digest and the version of the ring it was made with. */
export type VersionedDigest = { readonly digest: Buffer; readonly version: number }

export type NewCause = {
  readonly cause: string
  readonly kind: 'opt-out-event' | 'suppress-request' | 'erase-request' | 'restrict-request'
  readonly scope: string
  readonly subjectId: string | null
  readonly sourceId: string | null
  readonly requestId: string | null
  readonly actor: string
  /** Only items whose client time is older are refused; absent: all. */
  readonly clientBefore?: Date
}

export type CauseRow = Omit<NewCause, 'clientBefore'> & { readonly fromSeq: string; readonly fromAt: Date }

const ROW = `digest, digest_version as version, scope, cause, from_seq as "fromSeq", from_at as "fromAt",
  until_seq as "untilSeq", until_at as "untilAt", client_before as "clientBefore"`

export type OpenCause = {
  readonly cause: string
  readonly kind: NewCause['kind']
  readonly requestId: string | null
  readonly scope: string
  readonly root: string | null
  readonly isLost: boolean
}

/** A row of suppression; sequence numbers are decimal text. */
export type SuppressionRow = {
  readonly digest: Buffer
  readonly version: number
  readonly fromAt: Date
  readonly untilAt: Date | null
  readonly clientBefore: Date | null
  readonly scope: string
  readonly cause: string
  readonly fromSeq: string
  readonly untilSeq: string | null
}

/** The suppression list outlives the erasure it belongs to, so it holds keyed digests and never an identifier:
 *  a list of the people who asked to be forgotten is not a list of people. All of this runs with the gate taken alone. */
export function suppressionsIn(client: pg.ClientBase, workspaceId: string) {
  return {
    /** One row per cause, so that lifting one never lifts another. Answers the rows, which all begin now. */
    async open(cause: NewCause, digests: readonly VersionedDigest[]): Promise<SuppressionRow[]> {
      const result = await client.query<SuppressionRow>(
        `with opened as (
           insert into suppression_cause (workspace_id, cause, kind, scope, subject_id, source_id, request_id, actor, from_seq, from_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, nextval('fact_seq'), clock_timestamp())
           returning workspace_id, cause, scope, from_seq, from_at)
         insert into suppression (workspace_id, digest, scope, cause, digest_version, from_seq, from_at, client_before)
         select o.workspace_id, d.digest, o.scope, o.cause, d.version, o.from_seq, o.from_at, $11::timestamptz
         from opened o, (select distinct on (digest) digest, version from unnest($9::bytea[], $10::smallint[]) as u(digest, version)) d
         returning ${ROW}`,
        [
          workspaceId,
          cause.cause,
          cause.kind,
          cause.scope,
          cause.subjectId,
          cause.sourceId,
          cause.requestId,
          cause.actor,
          digests.map(({ digest }) => digest),
          digests.map(({ version }) => version),
          cause.clientBefore ?? null,
        ],
      )
      return result.rows
    },

    /**
     * Every cause that stands against `from` now stands against `to` as well, since the same moment. Answers what is new.
     * The causes are gathered first: joined digest by digest, a person with ten thousand devices made a hundred million rows.
     */
    async spread(
      from: readonly Buffer[],
      to: readonly VersionedDigest[],
      causes: readonly string[] | null,
    ): Promise<SuppressionRow[]> {
      const result = await client.query<SuppressionRow>(
        `with standing as materialized (
           select distinct on (s.scope, s.cause) s.scope, s.cause, s.from_seq, s.from_at, s.until_seq, s.until_at, s.client_before
           from suppression s
           where s.workspace_id = $1 and s.digest = any($2::bytea[]) and ($5::uuid[] is null or s.cause = any($5::uuid[]))
           order by s.scope, s.cause, s.until_seq desc nulls first)
         insert into suppression (workspace_id, digest, scope, cause, digest_version, from_seq, from_at, until_seq, until_at, client_before)
         select $1::uuid, t.digest, s.scope, s.cause, t.version, s.from_seq, s.from_at, s.until_seq, s.until_at, s.client_before
         from standing s, unnest($3::bytea[], $4::smallint[]) as t(digest, version)
         order by t.digest, s.scope, s.cause
         on conflict do nothing
         returning ${ROW}`,
        [workspaceId, from, to.map(({ digest }) => digest), to.map(({ version }) => version), causes],
      )
      return result.rows
    },

    /**
     * The digests that speak for these people: their user ids, or all of them where there is none. What stands only against
     * a device of somebody with a user id can be the "no" of whoever used it before.
     */
    async speakers(roots: readonly string[]): Promise<Buffer[]> {
      const result = await client.query<{ digest: Buffer }>(
        `select i.digest
         from unnest($2::uuid[]) as r(root)
         join subject p on p.workspace_id = $1 and p.subject_id = r.root,
              subject_fragments($1, r.root) as f(fragment)
         join identifier i on i.workspace_id = $1 and i.subject_id = f.fragment
         where i.kind = 'userId' or not p.has_user_id`,
        [workspaceId, roots],
      )
      return result.rows.map(({ digest }) => digest)
    },

    /** Is anything, open or lifted, held against these people? */
    async hasHistory(roots: readonly string[]): Promise<boolean> {
      const result = await client.query<{ found: boolean }>(
        `select exists (
           select 1 from unnest($2::uuid[]) as r(root), subject_fragments($1, r.root) as f(fragment)
           join identifier i on i.workspace_id = $1 and i.subject_id = f.fragment
           join suppression s on s.workspace_id = $1 and s.digest = i.digest) as found`,
        [workspaceId, roots],
      )
      return result.rows[0]?.found ?? true
    },

    /**
     * Deletes what these fragments stored while one of these new rows would have refused it, purchases too; counted as drops. An opt-out
     * event stays: it is the proof of its own "no". Where an identify goes, so do the traits of its fragment, because which
     * of them it brought cannot be told any more. Answers how many events went.
     */
    async sweep(fragments: readonly string[], rows: readonly SuppressionRow[]): Promise<number> {
      const intervals = intervalsOf(rows)
      const result = await client.query<{ swept: string }>(
        `with swept as (
           delete from event e
           using unnest($3::uuid[], $4::bigint[], $5::bigint[], $6::timestamptz[]) as x(scope, from_seq, until_seq, client_before)
           where e.workspace_id = $1 and e.subject_id = any($2::uuid[])
             and e.seq > x.from_seq and (x.until_seq is null or e.seq < x.until_seq)
             and (x.scope = $1 or x.scope = e.source_id)
             and (x.client_before is null or e.event_at < x.client_before)
             and not exists (select from suppression_cause c where c.workspace_id = $1 and c.cause = e.id)
           returning e.id, e.source_id, e.subject_id, e.type),
         unsold as (
           delete from purchase p
           where p.workspace_id = $1 and p.subject_id = any($2::uuid[]) and p.purchase_id in (select id from swept)),
         counted as (
           insert into drop_batch (workspace_id, at, source_ids, reasons, digests)
           select $1, clock_timestamp(), array_agg(source_id), array_agg('swept'::text), array_agg($7::bytea) from swept
           having count(*) > 0),
         forgotten as (
           delete from profile p using (select distinct subject_id from swept where type = 'identify') s
           where p.workspace_id = $1 and p.subject_id = s.subject_id)
         select count(*) as swept from swept`,
        [
          workspaceId,
          fragments,
          intervals.map(({ scope }) => scope),
          intervals.map(({ fromSeq }) => fromSeq),
          intervals.map(({ untilSeq }) => untilSeq),
          intervals.map(({ clientBefore }) => clientBefore),
          rows[0]?.digest ?? null,
        ],
      )
      return Number(result.rows[0]?.swept ?? 0)
    },

    /** The causes behind rows, as the journal needs them. */
    async causes(ids: readonly string[]): Promise<CauseRow[]> {
      const result = await client.query<CauseRow>(
        `select cause, kind, scope, subject_id as "subjectId", source_id as "sourceId", request_id as "requestId", actor,
                from_seq as "fromSeq", from_at as "fromAt"
         from suppression_cause where workspace_id = $1 and cause = any($2::uuid[]) order by from_seq`,
        [workspaceId, ids],
      )
      return result.rows
    },

    /**
     * The open causes that name any of these digests, and whose "no" each was. `isLost`: of somebody this database has never
     * heard of, because it is older than the no-journal that told it of the cause, or who was erased and owns nothing any more.
     */
    async openCauses(digests: readonly Buffer[]): Promise<OpenCause[]> {
      const result = await client.query<OpenCause>(
        `select c.cause, c.kind, c.request_id as "requestId", c.scope, case when c.subject_id is null then null else subject_root($1, c.subject_id) end as root,
                c.subject_id is not null and not exists (
                  select from subject p
                  where p.workspace_id = $1 and p.subject_id = c.subject_id and p.data_deleted_at is null) as "isLost"
         from suppression_cause c
         where c.workspace_id = $1 and c.until_seq is null
           and c.cause in (select s.cause from suppression s where s.workspace_id = $1 and s.digest = any($2::bytea[]) and s.until_seq is null)
         order by c.from_seq`,
        [workspaceId, digests],
      )
      return result.rows
    },

    /** Causes that a request opened and nobody has lifted; of all, or of these people only. */
    async openedBy(requestId: string, fragments: readonly string[] | null): Promise<string[]> {
      const result = await client.query<{ cause: string }>(
        `select cause from suppression_cause
         where workspace_id = $1 and request_id = $2 and until_seq is null and ($3::uuid[] is null or subject_id = any($3::uuid[]))
         order by from_seq`,
        [workspaceId, requestId, fragments],
      )
      return result.rows.map(({ cause }) => cause)
    },

    /** Causes of opt-out events that came through one source in an interval: what a flood of forged ones left. */
    async optOutsThrough(sourceId: string, from: Date, to: Date): Promise<string[]> {
      const result = await client.query<{ cause: string }>(
        `select cause from suppression_cause
         where workspace_id = $1 and source_id = $2 and kind = 'opt-out-event' and until_seq is null and from_at >= $3 and from_at < $4
         order by from_seq`,
        [workspaceId, sourceId, from, to],
      )
      return result.rows.map(({ cause }) => cause)
    },

    /** Closes causes and every row that spread from them. Rows stay: what arrived meanwhile stays out. */
    async close(
      causes: readonly string[],
      actor: string,
    ): Promise<{ untilSeq: string; untilAt: Date } | null> {
      const result = await client.query<{ until_seq: string; until_at: Date }>(
        `with moment as materialized (select nextval('fact_seq') as until_seq, clock_timestamp() as until_at),
         lifted as (
           update suppression_cause c set until_seq = m.until_seq, until_at = m.until_at, lifted_by = $3
           from moment m where c.workspace_id = $1 and c.cause = any($2::uuid[]) and c.until_seq is null
           returning c.cause, c.until_seq, c.until_at),
         closed as (
           update suppression s set until_seq = l.until_seq, until_at = l.until_at
           from lifted l where s.workspace_id = $1 and s.cause = l.cause and s.until_seq is null)
         select until_seq, until_at from lifted limit 1`,
        [workspaceId, causes, actor],
      )
      const row = result.rows[0]
      return row === undefined ? null : { untilSeq: row.until_seq, untilAt: row.until_at }
    },
  }
}

/** The rows' intervals, each once: a person's identifiers share theirs. */
function intervalsOf(rows: readonly SuppressionRow[]): SuppressionRow[] {
  const keyOf = (row: SuppressionRow) =>
    [row.scope, row.fromSeq, row.untilSeq, row.clientBefore?.getTime()].join(' ')
  return [...new Map(rows.map((row) => [keyOf(row), row])).values()]
}
