-- Nothing here refers to tables outside this file, and nothing outside to these: the keys may move to a database of their own.

create table master_key (
  master_key_id text primary key check (master_key_id ~ '^mk_[0-9a-f]{16}$'),
  created_at timestamptz not null
);
comment on table master_key is 'Which master key this database answers to: a short digest, never the key. Two rows only while it is being rotated.';

create table kek (
  workspace_id uuid not null,
  kek_version integer not null check (kek_version > 0),
  wrapped bytea not null check (octet_length(wrapped) = 61),
  master_key_id text not null references master_key,
  created_at timestamptz not null,
  primary key (workspace_id, kek_version)
);
create index kek_master_key on kek (master_key_id);
comment on table kek is 'The keys that wrap subject keys, wrapped by the master key. The highest version wraps new ones; a lower one exists only while it is being rotated out.';

-- The foreign key is what makes rotation safe: a version cannot be deleted while a straggler has wrapped a key under it,
-- and nothing can be wrapped under a version that is gone.
create table subject_key (
  workspace_id uuid not null,
  key_id uuid not null,
  subject_id uuid not null,
  kek_version integer not null,
  wrapped bytea not null check (octet_length(wrapped) = 61),
  created_at timestamptz not null,
  primary key (workspace_id, key_id),
  foreign key (workspace_id, kek_version) references kek
);
create index subject_key_subject on subject_key (workspace_id, subject_id);
create index subject_key_kek on subject_key (workspace_id, kek_version);
comment on table subject_key is 'The keys that personal data is sealed under, one or more a subject, wrapped. Deleting the row is what makes the data unreadable.';

-- Wrapped by the master key itself and not by a kek: a purge of the workspace's data keys must not forget its "no".
create table digest_key (
  workspace_id uuid not null,
  version smallint not null check (version > 0),
  normaliser smallint not null check (normaliser > 0),
  wrapped bytea not null check (octet_length(wrapped) = 61),
  master_key_id text not null references master_key,
  created_at timestamptz not null,
  primary key (workspace_id, version)
);
create index digest_key_master_key on digest_key (master_key_id);
comment on table digest_key is 'The keys of the digests by which identifiers are found. Never rotated out: nobody can digest again what is known only by its digest.';
