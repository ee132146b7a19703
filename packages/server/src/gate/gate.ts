import type pg from 'pg'

/**
 * One gate per workspace (ADR 0003): whoever writes events or links shares it, whoever changes a "no" takes it
 * alone. It must be its own statement: a statement's snapshot is older than a lock taken inside it, and an opt-out that
 * committed while the lock was waited for would not be seen.
 */
const GATE_CLASS = 4600

export async function shareGate(client: pg.ClientBase, workspaceId: string): Promise<void> {
  await client.query('select pg_advisory_xact_lock_shared($1, hashtext($2))', [GATE_CLASS, workspaceId])
}

export async function takeGate(client: pg.ClientBase, workspaceId: string): Promise<void> {
  await client.query('select pg_advisory_xact_lock($1, hashtext($2))', [GATE_CLASS, workspaceId])
}

/** The same as text, for a script of several statements, which takes no parameters. */
export function gateStatement(how: 'shared' | 'alone', workspaceId: string): string {
  if (!/^[0-9a-f-]{36}$/.test(workspaceId)) throw new TypeError('a workspace id is a UUID')
  const lock = how === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock'
  return `select ${lock}(${GATE_CLASS}, hashtext('${workspaceId}'))`
}
