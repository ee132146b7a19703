-- The actor's pattern keeps addresses out: a token, source or job has a name without "@" or spaces.
-- A leaf must fit the 65,535 bytes of a tile entry, so the parts are bounded here, where a too large fact still fails its own transaction.
create table outbox (
  workspace_id uuid not null references workspace,
  outbox_id uuid not null,
  seq bigint not null default nextval('fact_seq'),
  kind text not null check (kind ~ '^[a-z]+(-[a-z]+)*$' and length(kind) <= 60),
  occurred_at timestamptz not null,
  actor text not null check (actor ~ '^[A-Za-z0-9_:.-]{1,120}$'),
  subject_id uuid,
  body jsonb not null check (jsonb_typeof(body) = 'object' and octet_length(body::text) <= 32768),
  position bigint check (position >= 0),
  primary key (workspace_id, outbox_id),
  unique (workspace_id, position)
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000);
create index outbox_unnumbered on outbox (workspace_id, seq) where position is null;
comment on table outbox is 'Every fact the audit log, the change feed and webhooks must tell, written unnumbered in the fact''s own transaction; the sequencer gives the position. Erasure nulls subject_id.';

create table audit_log (
  workspace_id uuid not null references workspace,
  log_no integer not null check (log_no > 0),
  origin text not null,
  first_position bigint not null check (first_position >= 0),
  size bigint not null default 0 check (size >= 0),
  last_modified bigint not null,
  shown_size bigint not null default 0 check (shown_size >= 0),
  shown_root bytea check (octet_length(shown_root) = 32),
  checkpoint text,
  checkpoint_size bigint not null default 0 check (checkpoint_size between 0 and shown_size),
  checkpoint_at timestamptz,
  created_at timestamptz not null,
  primary key (workspace_id, log_no),
  unique (workspace_id, origin),
  check ((shown_size = 0) or (shown_root is not null)),
  check ((checkpoint is null) = (checkpoint_at is null) and (checkpoint is null) = (checkpoint_size = 0))
);
create index audit_log_unsigned on audit_log (workspace_id) where size > checkpoint_size and size >= shown_size;
comment on table audit_log is 'One Merkle log a workspace; the highest log_no grows. size counts its leaves, shown_* is the largest checkpoint anybody may have seen, checkpoint the newest one signed here. A log shorter than what it has shown is never continued: the next log_no names it in its first leaf.';

create table audit_leaf (
  workspace_id uuid not null,
  position bigint not null,
  log_no integer not null,
  outbox_id uuid not null,
  leaf_hash bytea not null check (octet_length(leaf_hash) = 32),
  entry text not null check (octet_length(entry) <= 65535),
  last_modified bigint not null,
  primary key (workspace_id, position),
  unique (workspace_id, outbox_id),
  unique (workspace_id, last_modified),
  foreign key (workspace_id, log_no) references audit_log
);
comment on table audit_leaf is 'The leaves: canonical JSON (RFC 8785) as it was hashed, without personal data. The index in its log is position - audit_log.first_position.';

create table audit_tile (
  workspace_id uuid not null,
  log_no integer not null,
  level smallint not null check (level between 0 and 7),
  tile_index bigint not null check (tile_index >= 0),
  hashes bytea not null check (octet_length(hashes) between 32 and 8192 and octet_length(hashes) % 32 = 0),
  primary key (workspace_id, log_no, level, tile_index),
  foreign key (workspace_id, log_no) references audit_log
);
comment on table audit_tile is 'Hashes of the tree by C2SP tiles of height 8; only the right edge is ever rewritten, and only longer.';

create table subject_salt (
  workspace_id uuid not null,
  subject_id uuid not null,
  salt bytea not null check (octet_length(salt) = 32),
  primary key (workspace_id, subject_id)
);
comment on table subject_salt is 'Opens the subject commitments in the leaves. Deleted at erasure: every proof stays valid and no longer links anyone.';

create table signing_key (
  key_id uuid primary key,
  public_key bytea not null unique check (octet_length(public_key) = 32),
  sealed_private bytea not null,
  master_key_id text not null check (master_key_id ~ '^mk_[0-9a-f]{16}$'),
  created_at timestamptz not null,
  retired_at timestamptz
);
create unique index signing_key_active on signing_key ((true)) where retired_at is null;
comment on table signing_key is 'Ed25519 keys of this server; one signs, the retired ones stay published so that old checkpoints and receipts verify. The private half is sealed under the master key.';
