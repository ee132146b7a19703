alter table request
  drop constraint request_type_check,
  drop constraint request_status_check,
  add constraint request_type_check
    check (type in ('erase', 'access', 'correct', 'restrict', 'suppress', 'unsuppress')),
  add constraint request_status_check
    check (status in ('received', 'awaiting-approval', 'held', 'running', 'waiting', 'settled', 'cancelled')),
  add column suppress boolean not null default true,
  add column jurisdiction text check (jurisdiction ~ '^[a-z]{2,20}$'),
  add column plan_hash bytea check (octet_length(plan_hash) = 32),
  add column hold_destinations boolean not null default false,
  add column submitted_at timestamptz;
comment on column request.suppress is 'An erase with false blocks only events whose client time lies before it; newer ones begin a new subject.';

alter table suppression_cause
  drop constraint suppression_cause_kind_check,
  add constraint suppression_cause_kind_check
    check (kind in ('opt-out-event', 'suppress-request', 'erase-request', 'restrict-request'));
create index suppression_cause_request on suppression_cause (workspace_id, request_id) where request_id is not null;
create index suppression_cause_restrict on suppression_cause (workspace_id, subject_id)
  where kind = 'restrict-request' and until_seq is null;

-- What stays of an erased person, without the person: reports go on counting, and nobody can be read.
alter table subject
  add column region text check (region ~ '^[A-Z]{2}(-[A-Z0-9]{1,3})?$'),
  add column first_month text check (first_month ~ '^[0-9]{4,6}-[0-9]{2}$'),
  add column last_month text check (last_month ~ '^[0-9]{4,6}-[0-9]{2}$'),
  add column lifetime_revenue jsonb,
  add column lifecycle text check (lifecycle in ('visitor', 'known', 'customer', 'returning')),
  add column counted_at timestamptz;
comment on column subject.data_deleted_at is 'Since when nothing of this person can be read; the scrub comes later.';
comment on column subject.counted_at is 'When this person''s share of every report was added to report_cell; from then on no report counts their rows.';

-- A scrub and its survivor check look for a person here, and must not read the whole table for it.
create index outbox_subject on outbox (workspace_id, subject_id) where subject_id is not null;
create index identifier_mention_subject on identifier_mention (workspace_id, subject_id);

create table purchase (
  workspace_id uuid not null,
  purchase_id uuid not null,
  seq bigint not null,
  subject_id uuid,
  key_id uuid,
  source_id uuid not null,
  kind text not null check (kind in ('order', 'refund')),
  at timestamptz not null,
  campaign text check (length(campaign) <= 100),
  amount numeric not null,
  currency text check (currency ~ '^[A-Z]{3}$'),
  sealed bytea,
  primary key (workspace_id, purchase_id)
);
create index purchase_subject on purchase (workspace_id, subject_id, purchase_id) where subject_id is not null;
create index purchase_at on purchase (workspace_id, at);
comment on table purchase is 'An order or refund; purchase_id is its event''s id. The order id is in sealed, under key_id; a scrub nulls both and the subject, and the totals stay.';

create table report_cell (
  workspace_id uuid not null,
  report text not null check (report in ('funnel', 'lifecycle')),
  month text not null check (month ~ '^[0-9]{4,6}-[0-9]{2}$'),
  source_id uuid not null,
  campaign text not null,
  step text not null,
  persons bigint not null check (persons >= 0),
  primary key (workspace_id, report, month, source_id, campaign, step)
);
comment on table report_cell is 'How many erased persons each cell of a report counts; an empty campaign is none.';

-- Foreign keys to kek for the same reason as subject_key has one: rotation cannot leave a wrapped key behind.
create table escrowed_key (
  workspace_id uuid not null,
  key_id uuid not null,
  subject_id uuid not null,
  request_id uuid not null,
  kek_version integer not null,
  wrapped bytea not null check (octet_length(wrapped) = 61),
  destroy_after timestamptz not null,
  created_at timestamptz not null,
  primary key (workspace_id, key_id),
  foreign key (workspace_id, kek_version) references kek,
  foreign key (workspace_id, request_id) references request
);
create index escrowed_key_request on escrowed_key (workspace_id, request_id);
create index escrowed_key_subject on escrowed_key (workspace_id, subject_id);
create index escrowed_key_kek on escrowed_key (workspace_id, kek_version);
comment on table escrowed_key is 'Keys of erased persons that a reverse may still bring back. No reader opens them; the row goes when the window ends.';

create table request_key (
  workspace_id uuid not null,
  request_id uuid not null,
  kek_version integer not null,
  wrapped bytea not null check (octet_length(wrapped) = 61),
  destroy_after timestamptz not null,
  created_at timestamptz not null,
  primary key (workspace_id, request_id),
  foreign key (workspace_id, kek_version) references kek,
  foreign key (workspace_id, request_id) references request
);
create index request_key_kek on request_key (workspace_id, kek_version);
comment on table request_key is 'The key of a request''s address book. It outlives the subject''s, because whoever must be asked again has to be named.';

create table request_address (
  workspace_id uuid not null,
  request_id uuid not null,
  address_id uuid not null,
  kind text not null check (kind in ('identifier', 'opening')),
  sealed bytea not null,
  primary key (workspace_id, request_id, address_id),
  foreign key (workspace_id, request_id) references request
);
comment on table request_address is 'What a running request needs to name its person, sealed under the request''s own key.';

create table task (
  workspace_id uuid not null,
  task_id uuid not null,
  request_id uuid not null,
  destination text not null,
  subject_id uuid,
  type text not null check (type in ('erase', 'access', 'correct', 'restrict')),
  state text not null check (state in ('held', 'window', 'counting', 'scrubbing', 'making', 'done', 'cancelled')),
  outcome text check (outcome in ('accepted', 'confirmed', 'not-found', 'still-found', 'cancelled')),
  receipted text,
  fragments uuid[] not null default '{}',
  key_ids uuid[] not null default '{}',
  planned jsonb not null default '{}',
  done jsonb not null default '{}',
  recoverable_until timestamptz,
  due_at timestamptz,
  attempts integer not null default 0,
  claimed_by text,
  claimed_until timestamptz,
  keys_destroyed_at timestamptz,
  looked_at timestamptz,
  survivors integer,
  created_at timestamptz not null,
  settled_at timestamptz,
  primary key (workspace_id, task_id),
  foreign key (workspace_id, request_id) references request,
  check ((claimed_by is null) = (claimed_until is null)),
  check (state not in ('done', 'cancelled') or due_at is null)
);
create index task_request on task (workspace_id, request_id);
create index task_held on task (workspace_id, subject_id) where state = 'held';
create index task_due on task (due_at) where due_at is not null;
create index task_without_receipt on task (workspace_id, request_id) where outcome is distinct from receipted;
comment on table task is 'The part of a request at one destination. due_at: when it is to be looked at next, null when it waits for nobody. receipted: the outcome that has a receipt. fragments and key_ids are whom the survivor check looks for; they name nobody once the keys are gone. attempts counts the steps that failed in a row; keys_destroyed_at is said on receipts: from then on copies of the keys age out. survivors is what the check at looked_at still found.';

create table receipt (
  workspace_id uuid not null,
  receipt_id uuid not null,
  request_id uuid not null,
  task_id uuid not null,
  outcome text not null,
  supersedes uuid,
  jws text not null,
  issued_at timestamptz not null,
  primary key (workspace_id, receipt_id),
  foreign key (workspace_id, request_id) references request,
  foreign key (workspace_id, task_id) references task,
  foreign key (workspace_id, supersedes) references receipt
);
create index receipt_request on receipt (workspace_id, request_id);
create unique index receipt_once on receipt (workspace_id, task_id, outcome);
create unique index receipt_superseded on receipt (workspace_id, supersedes) where supersedes is not null;
comment on table receipt is 'Signed outcomes (JWS). Never changed: what is no longer true is superseded by a newer one.';

create table hold (
  workspace_id uuid not null,
  hold_id uuid not null,
  subject_id uuid not null,
  key_id uuid not null,
  sealed bytea,
  until_at timestamptz not null,
  created_at timestamptz not null,
  created_by text not null,
  released_at timestamptz,
  released_by text,
  primary key (workspace_id, hold_id),
  check ((released_at is null) = (released_by is null))
);
create index hold_subject on hold (workspace_id, subject_id);
comment on table hold is 'A reason to keep a person''s data, with its end. The reason is sealed under their key.';

create table restriction (
  workspace_id uuid not null,
  subject_id uuid not null,
  request_id uuid not null,
  since timestamptz not null,
  until_at timestamptz,
  primary key (workspace_id, subject_id, request_id),
  foreign key (workspace_id, request_id) references request
);
create index restriction_open on restriction (workspace_id, subject_id) where until_at is null;
comment on table restriction is 'A person whose data is kept and neither collected, read without privacy:read, nor deleted by retention.';

create table access_export (
  workspace_id uuid not null,
  export_id uuid not null,
  request_id uuid not null,
  task_id uuid not null,
  subject_id uuid not null,
  key_id uuid not null,
  state text not null check (state in ('making', 'ready', 'gone')),
  chunks integer not null default 0,
  bytes bigint not null default 0,
  link_digest bytea unique check (octet_length(link_digest) = 32),
  link_expires_at timestamptz,
  downloads integer not null default 0,
  expires_at timestamptz not null,
  created_at timestamptz not null,
  primary key (workspace_id, export_id),
  foreign key (workspace_id, request_id) references request,
  check ((link_digest is null) = (link_expires_at is null))
);
create index access_export_request on access_export (workspace_id, request_id);
create index access_export_subject on access_export (workspace_id, subject_id);
comment on table access_export is 'A person''s data packed for them. The download link is kept as SHA-256 only and works once.';

create table export_chunk (
  workspace_id uuid not null,
  export_id uuid not null,
  chunk_no integer not null,
  subject_id uuid not null,
  key_id uuid not null,
  sealed bytea not null,
  primary key (workspace_id, export_id, chunk_no),
  foreign key (workspace_id, export_id) references access_export
);
create index export_chunk_subject on export_chunk (workspace_id, subject_id);
comment on table export_chunk is 'The zip of an export, in pieces sealed under the subject''s key.';

create table key_removal (
  singleton boolean primary key default true check (singleton),
  removed_at timestamptz,
  cleaned_at timestamptz
);
insert into key_removal (removed_at, cleaned_at) values (null, null);
comment on table key_removal is 'When a wrapped key was last removed, and up to which removal its copies in pages and WAL of the live cluster have been overwritten.';
