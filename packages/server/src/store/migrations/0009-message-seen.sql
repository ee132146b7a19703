-- Message ids come in any order, so every insert meets another page of this index, and with 10 million of them it was half
-- of the finishing insert. A digest is keyed by its workspace already, so it alone is unique: 28 bytes an entry, not 52.
alter table message_seen rename to message_seen_before;
alter table message_seen_0 rename to message_seen_before_0;
alter table message_seen_1 rename to message_seen_before_1;

create table message_seen (
  turn smallint not null check (turn in (0, 1)),
  digest uuid not null
) partition by list (turn);
create table message_seen_0 partition of message_seen for values in (0);
create table message_seen_1 partition of message_seen for values in (1);
insert into message_seen (turn, digest) select turn, encode(digest, 'hex')::uuid from message_seen_before;
create unique index message_seen_0_digest on message_seen_0 (digest);
create unique index message_seen_1_digest on message_seen_1 (digest);
drop table message_seen_before;
comment on table message_seen is 'Digests of message ids of the last one to two days, under their workspace''s key and 16 bytes long, which a uuid holds smallest: two tables used by turns and truncated, because deleting a billion rows costs as much as inserting them.';
