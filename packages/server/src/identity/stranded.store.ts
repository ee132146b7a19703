import type pg from 'pg'

/**
 * Would undoing this link leave either side with nothing that leads to it? Identifiers move, so the only one that a
 * fragment came with can be somebody else's by now. False where there is no such link.
 */
export async function wouldStrand(
  client: pg.ClientBase,
  workspaceId: string,
  linkId: string,
): Promise<boolean> {
  const { rows } = await client.query<{ strands: boolean }>(
    `with link as (
       select absorbed, subject_root($1, root) as root from subject_alias where workspace_id = $1 and link_id = $2),
     parting as (select f.fragment from link, subject_fragments($1, link.absorbed) as f(fragment)),
     named as (
       select i.subject_id in (select fragment from parting) as is_parting
       from link, subject_fragments($1, link.root) as f(fragment)
       join identifier i on i.workspace_id = $1 and i.subject_id = f.fragment)
     select not exists (select from named where is_parting) or not exists (select from named where not is_parting) as strands
     from link`,
    [workspaceId, linkId],
  )
  return rows[0]?.strands ?? false
}
