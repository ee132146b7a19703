import type { ClientBase, Pool } from 'pg'

export type WorkspaceRow = { readonly workspaceId: string; readonly name: string; readonly createdAt: Date }

const COLUMNS = 'workspace_id as "workspaceId", name, created_at as "createdAt"'

export async function insertWorkspace(
  client: ClientBase,
  { workspaceId, name, createdAt }: WorkspaceRow,
): Promise<void> {
  await client.query('insert into workspace (workspace_id, name, created_at) values ($1, $2, $3)', [
    workspaceId,
    name,
    createdAt,
  ])
}

export async function findWorkspace(
  db: ClientBase | Pool,
  workspaceId: string,
): Promise<WorkspaceRow | null> {
  const { rows } = await db.query<WorkspaceRow>(`select ${COLUMNS} from workspace where workspace_id = $1`, [
    workspaceId,
  ])
  return rows[0] ?? null
}

/** The workspace that the settings seeded: ids are minted in order of time. */
export async function findFirstWorkspace(db: ClientBase | Pool): Promise<WorkspaceRow | null> {
  const { rows } = await db.query<WorkspaceRow>(
    `select ${COLUMNS} from workspace order by workspace_id limit 1`,
  )
  return rows[0] ?? null
}

export async function renameWorkspaceRow(
  client: ClientBase,
  workspaceId: string,
  name: string,
): Promise<WorkspaceRow | null> {
  const { rows } = await client.query<WorkspaceRow>(
    `update workspace set name = $2 where workspace_id = $1 returning ${COLUMNS}`,
    [workspaceId, name],
  )
  return rows[0] ?? null
}
