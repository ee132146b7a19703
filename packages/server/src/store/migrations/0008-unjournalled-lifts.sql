create table unjournalled_lift (
  workspace_id uuid not null references workspace,
  lift_id uuid not null,
  entry jsonb not null,
  primary key (workspace_id, lift_id)
);
comment on table unjournalled_lift is 'What lifts a "no" and is committed, until the no-journal has it: whoever takes the gate next, or starts, writes down what a crash has kept from it.';
