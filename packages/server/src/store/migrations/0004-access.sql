create table api_token (
  workspace_id uuid not null references workspace,
  token_id uuid not null,
  digest bytea not null unique check (octet_length(digest) = 32),
  name text not null check (name <> ''),
  scopes text[] not null check (cardinality(scopes) > 0),
  created_by text not null check (created_by <> ''),
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  primary key (workspace_id, token_id)
);
comment on table api_token is 'Who may call the control API, and for what. The token itself is kept as SHA-256 only; a revoked row stays, because the audit log names it.';

create table idempotency_key (
  workspace_id uuid not null references workspace,
  key_digest bytea not null check (octet_length(key_digest) = 32),
  route text not null check (route <> ''),
  request_digest bytea not null check (octet_length(request_digest) = 32),
  resource_id uuid not null,
  created_at timestamptz not null,
  primary key (workspace_id, key_digest)
);
create index idempotency_key_created_at on idempotency_key (created_at);
comment on table idempotency_key is 'Which resource a repeated call already made. Never the answer: it is read afresh. The body is kept as an HMAC under the caller''s own key, which is not kept.';
