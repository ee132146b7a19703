-- Lists are read newest arrival first, of the whole workspace or of one name, and a page must cost what it shows and not
-- what lies behind it. Both indexes grow at their right-hand ends only, so ingest touches pages it already has.
create index event_arrival on event (workspace_id, seq);
create index event_name on event (workspace_id, name, seq) where name is not null;

create index suppression_cause_arrival on suppression_cause (workspace_id, from_seq);
create index suppression_cause_subject on suppression_cause (workspace_id, subject_id) where subject_id is not null;
