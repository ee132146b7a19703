-- One sequence orders every fact that is compared across nodes; it is drawn under the workspace's gate (ADR 0003).
create sequence fact_seq as bigint;

create table workspace (
  workspace_id uuid primary key,
  name text not null check (name <> ''),
  created_at timestamptz not null
);
comment on table workspace is 'One tenant. Its id is the key of its gate.';

create table source (
  workspace_id uuid not null references workspace,
  source_id uuid not null,
  name text not null check (name <> ''),
  write_key_digest bytea not null unique check (octet_length(write_key_digest) = 32),
  trust text not null default 'client' check (trust in ('client', 'server')),
  settings jsonb not null default '{}',
  enabled boolean not null default true,
  created_at timestamptz not null,
  primary key (workspace_id, source_id)
);
comment on table source is 'Where data comes in. The write key is kept as SHA-256 only; settings are the limits and switches of this source.';

create table subject (
  workspace_id uuid not null references workspace,
  subject_id uuid not null,
  has_user_id boolean not null default false,
  created_at timestamptz not null,
  data_deleted_at timestamptz,
  primary key (workspace_id, subject_id)
);
comment on table subject is 'A person, or a fragment of one: rows keep the fragment they were written with, subject_alias says which root it belongs to.';

create table subject_alias (
  workspace_id uuid not null,
  absorbed uuid not null,
  root uuid not null,
  link_id uuid not null,
  provenance text not null check (provenance in ('client', 'server', 'verified')),
  seq bigint not null,
  created_at timestamptz not null,
  primary key (workspace_id, absorbed),
  unique (workspace_id, link_id),
  foreign key (workspace_id, absorbed) references subject,
  foreign key (workspace_id, root) references subject,
  check (absorbed <> root)
);
create index subject_alias_root on subject_alias (workspace_id, root);
comment on table subject_alias is 'A merge is one row: absorbed now reads as part of root. Both were roots, locked, when it was written; unmerge deletes it.';

-- No foreign key to subject: a claim writes its identifiers first, learns which it won, then writes the subjects it needs,
-- all in one transaction. The finishing insert proves the join.
create table identifier (
  workspace_id uuid not null,
  digest bytea not null check (octet_length(digest) = 16),
  digest_version smallint not null,
  kind text not null check (kind <> ''),
  subject_id uuid not null,
  sealed bytea,
  key_id uuid,
  provenance text not null check (provenance in ('client', 'server', 'verified')),
  link_id uuid,
  seq bigint not null,
  created_at timestamptz not null,
  primary key (workspace_id, digest),
  check ((sealed is null) = (key_id is null))
);
create index identifier_subject on identifier (workspace_id, subject_id);
comment on table identifier is 'Who owns a digest. The value is here only sealed under the key of the subject that first claimed it.';

create table identifier_mention (
  workspace_id uuid not null,
  digest bytea not null check (octet_length(digest) = 16),
  subject_id uuid not null,
  created_at timestamptz not null,
  primary key (workspace_id, digest, subject_id)
);
comment on table identifier_mention is 'Subjects that named an identifier somebody else owns; read by look-up, preview and requests, never used to resolve or join.';

create table suppression_cause (
  workspace_id uuid not null,
  cause uuid not null,
  kind text not null check (kind in ('opt-out-event', 'suppress-request')),
  scope uuid not null,
  subject_id uuid,
  source_id uuid,
  request_id uuid,
  actor text not null,
  from_seq bigint not null,
  from_at timestamptz not null,
  until_seq bigint,
  until_at timestamptz,
  lifted_by text,
  primary key (workspace_id, cause),
  check ((until_seq is null) = (until_at is null))
);
create index suppression_cause_source on suppression_cause (workspace_id, source_id, from_at);
comment on table suppression_cause is 'Why something is suppressed: this opt-out, that request. subject_id is whose "no" it was (null: nobody known by then). scope is a source id, or the workspace id for all sources.';

create table suppression (
  workspace_id uuid not null,
  digest bytea not null check (octet_length(digest) = 16),
  scope uuid not null,
  cause uuid not null,
  digest_version smallint not null,
  from_seq bigint not null,
  from_at timestamptz not null,
  until_seq bigint,
  until_at timestamptz,
  client_before timestamptz,
  primary key (workspace_id, digest, scope, cause),
  foreign key (workspace_id, cause) references suppression_cause,
  check ((until_seq is null) = (until_at is null)),
  check (until_seq is null or until_seq > from_seq)
);
create index suppression_by_cause on suppression (workspace_id, cause);
comment on table suppression is 'Do not collect: one row a digest, scope and cause; rows are closed, never deleted. Digests only: a list of the people who said no is not a list of people.';

create table event (
  workspace_id uuid not null,
  id uuid not null,
  seq bigint not null,
  subject_id uuid,
  key_id uuid,
  source_id uuid not null,
  type text not null check (type in ('identify', 'track', 'page', 'screen', 'group', 'alias')),
  name text,
  event_at timestamptz not null,
  received_at timestamptz not null,
  campaign text check (length(campaign) <= 100),
  revenue numeric,
  currency text check (currency ~ '^[A-Z]{3}$'),
  sealed bytea,
  primary key (workspace_id, id)
) partition by range (id);
create index event_subject on event (workspace_id, subject_id, seq);
create table event_default partition of event default;
comment on table event is 'One collected fact, partitioned by its UUIDv7 id. What is personal is in sealed, under key_id; the rest names nobody.';

create table message_seen (
  workspace_id uuid not null,
  turn smallint not null check (turn in (0, 1)),
  digest bytea not null check (octet_length(digest) = 16),
  primary key (workspace_id, turn, digest)
) partition by list (turn);
create table message_seen_0 partition of message_seen for values in (0);
create table message_seen_1 partition of message_seen for values in (1);
comment on table message_seen is 'Digests of message ids of the last one to two days: two tables used by turns and truncated, because deleting a billion rows costs as much as inserting them.';

create table message_turn (
  singleton boolean primary key default true check (singleton),
  turn smallint not null check (turn in (0, 1)),
  turned_at timestamptz not null
);
insert into message_turn (turn, turned_at) values (0, now());
comment on table message_turn is 'Which of the two message_seen tables is written; changed only under every gate, alone.';

create table profile (
  workspace_id uuid not null,
  subject_id uuid not null,
  key_id uuid not null,
  sealed bytea,
  updated_at timestamptz not null,
  primary key (workspace_id, subject_id)
);
comment on table profile is 'Traits of one fragment merged key by key, newest client time first, sealed with the time of each key.';

create table drop_batch (
  workspace_id uuid not null,
  drop_batch_id bigint generated always as identity,
  at timestamptz not null,
  source_ids uuid[] not null,
  reasons text[] not null,
  digests bytea[] not null,
  primary key (workspace_id, drop_batch_id)
);
comment on table drop_batch is 'What one ingest batch refused, one row a batch so that nobody waits for a counter; rolled up by a job.';

create table drop_hour (
  workspace_id uuid not null,
  hour timestamptz not null,
  source_id uuid not null,
  reason text not null,
  dropped bigint not null,
  primary key (workspace_id, hour, source_id, reason)
);
comment on table drop_hour is 'Refused items by hour, source and reason.';

create table drop_digest (
  workspace_id uuid not null,
  digest bytea not null check (octet_length(digest) = 16),
  hour timestamptz not null,
  dropped bigint not null,
  primary key (workspace_id, digest, hour)
);
comment on table drop_digest is 'Refused items by the suppressed digest and hour, so that explain can say how many were dropped since.';

-- The root of a fragment. Called only where an alias row exists, so that the hot path pays one index probe.
create function subject_root(ws uuid, fragment uuid) returns uuid language sql stable as $$
  with recursive chain(id, depth) as (
    select fragment, 0
    union all
    select a.root, chain.depth + 1 from chain join subject_alias a on a.workspace_id = ws and a.absorbed = chain.id
  )
  select id from chain order by depth desc limit 1
$$;

create function subject_fragments(ws uuid, root_id uuid) returns setof uuid language sql stable as $$
  with recursive tree(id) as (
    select root_id
    union all
    select a.absorbed from tree join subject_alias a on a.workspace_id = ws and a.root = tree.id
  )
  select id from tree
$$;
