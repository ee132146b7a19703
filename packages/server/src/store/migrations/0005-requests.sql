create table request (
  workspace_id uuid not null references workspace,
  request_id uuid not null,
  type text not null check (type in ('suppress', 'unsuppress')),
  status text not null check (status in ('received', 'settled')),
  scope jsonb not null default '{}',
  reason text,
  actor text not null,
  identifier_count integer not null,
  created_at timestamptz not null,
  due_at timestamptz not null,
  settled_at timestamptz,
  seq bigint,
  primary key (workspace_id, request_id)
);
comment on table request is 'What somebody asked for. Whom it names is kept by digest in request_digest, never in the clear.';

create table request_digest (
  workspace_id uuid not null,
  request_id uuid not null,
  digest bytea not null check (octet_length(digest) = 16),
  kind text not null,
  primary key (workspace_id, request_id, digest),
  foreign key (workspace_id, request_id) references request
);
create index request_digest_digest on request_digest (workspace_id, digest);
comment on table request_digest is 'The identifiers a request named, as keyed digests.';

create table journal_state (
  workspace_id uuid not null,
  node_id text not null,
  position bigint not null,
  primary key (workspace_id, node_id)
);
comment on table journal_state is 'How far each node''s no-journal is known to this database; a journal ahead of it means a restored backup.';

create table node (
  node_id text primary key,
  has_shared_journal boolean not null,
  started_at timestamptz not null,
  seen_at timestamptz not null
);
comment on table node is 'The nodes of this installation and when each was last alive. Two need a journal folder that they share.';
