import type { ErasurePreview } from '@heed/sdk'
import { columns, plural, shortTime } from '../output/columns.ts'

/** What an erase would do, for people. */
export function printPreview(preview: ErasurePreview): string {
  return [about(preview), touched(preview), preview.irreversible.join('\n')]
    .filter((part) => part !== '')
    .join('\n\n')
}

function about(preview: ErasurePreview): string {
  const { subjects, otherSubjects, holds, revenueImpact } = preview
  return columns([
    ['plan', preview.planHash],
    ['would be', preview.doubt === null ? preview.status : `${preview.status} (${preview.doubt})`],
    ['people', subjects.map(({ id }) => id).join(', ') || 'nobody known'],
    ...(otherSubjects.length === 0
      ? []
      : [['not touched', `${plural(otherSubjects.length, 'other')} who share an identifier`]]),
    ...holds.map(({ id, until }) => ['held by', `${id} until ${shortTime(until)} UTC`]),
    ...revenueImpact.map(({ currency, net, orders }) => [
      'reports keep',
      `${net} ${currency ?? '(no currency)'} of ${plural(orders, 'order')}`,
    ]),
    ['due', `${shortTime(preview.dueAt)} UTC`],
    [
      'reversible',
      preview.recoverableUntil === null
        ? 'no, or not yet'
        : `until ${shortTime(preview.recoverableUntil)} UTC`,
    ],
  ])
}

/** Tables without a row of theirs say nothing to people; --json has them all. */
function touched({ tables }: ErasurePreview): string {
  const met = tables.filter(({ rows }) => rows !== 0)
  return columns(
    met.map(({ table, action, rows }) => [action, table, rows === null ? 'restricted' : plural(rows, 'row')]),
  )
}
