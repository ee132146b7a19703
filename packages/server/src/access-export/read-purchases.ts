import { type FragmentReach, publicId } from '@heed/core'
import type { AccessExport } from '@heed/protocol'
import type { SubjectKey } from '../keys/key-store.ts'
import { unseal } from '../keys/seal.ts'
import type { ExportParts } from './export-parts.ts'
import type { ReachedPerson } from './find-reach.ts'
import { namesOneOf } from './names-in-content.ts'
import { PersonIsGone } from './person-is-gone.ts'
import { type PurchaseRow, purchasesIn } from './purchases.store.ts'
import { namesOf } from './read-events.ts'

export type Purchase = AccessExport['purchases'][number]

const PAGE_ROWS = 200

/** Page by page, part by part, oldest first. One goes with the event it came with. @throws PersonIsGone */
export async function* readPurchases(
  parts: Pick<ExportParts, 'pool' | 'keys'>,
  person: ReachedPerson,
): AsyncGenerator<readonly Purchase[]> {
  for (const [fragment, reach] of person.fragments) yield* readPart(parts, person, { fragment, reach })
}

async function* readPart(
  { pool, keys }: Pick<ExportParts, 'pool' | 'keys'>,
  person: ReachedPerson,
  { fragment, reach }: { readonly fragment: string; readonly reach: FragmentReach },
): AsyncGenerator<readonly Purchase[]> {
  const { workspaceId } = person
  const names = namesOf(person)
  let after: string | null = null
  for (;;) {
    const page: readonly PurchaseRow[] = await purchasesIn(pool).page({
      workspaceId,
      fragment,
      after,
      size: PAGE_ROWS,
    })
    const keyIds = page
      .flatMap(({ key_id, event_key_id }) => [key_id, event_key_id])
      .filter((id) => id !== null)
    const opened = await keys.open(workspaceId, [...new Set(keyIds)])
    if (keyIds.some((keyId) => !opened.has(keyId))) throw new PersonIsGone()
    const own = page.filter(
      (row) => reach === 'whole' || namesOneOf(names, eventOf(workspaceId, row, opened)),
    )
    yield own.map((row) => shown(workspaceId, row, opened))
    after = page.at(-1)?.purchase_id ?? null
    if (page.length < PAGE_ROWS || after === null) return
  }
}

type Opened = ReadonlyMap<string, SubjectKey>

function eventOf(workspaceId: string, row: PurchaseRow, opened: Opened) {
  const key = row.event_key_id === null ? undefined : opened.get(row.event_key_id)
  if (key === undefined || row.event_sealed === null) return { type: row.event_type, content: null }
  const place = { workspaceId, keyId: key.keyId, table: 'event', rowId: row.purchase_id }
  return { type: row.event_type, content: JSON.parse(unseal(key.key, place, row.event_sealed).toString()) }
}

function shown(workspaceId: string, row: PurchaseRow, opened: Opened): Purchase {
  return {
    id: publicId('evt', row.purchase_id),
    kind: row.kind,
    at: row.at.toISOString(),
    orderId: orderIdOf(workspaceId, row, opened),
    amount: row.amount,
    currency: row.currency,
    campaign: row.campaign,
    sourceId: publicId('src', row.source_id),
  }
}

function orderIdOf(workspaceId: string, row: PurchaseRow, opened: Opened): string | null {
  const key = row.key_id === null ? undefined : opened.get(row.key_id)
  if (key === undefined || row.sealed === null) return null
  const place = { workspaceId, keyId: key.keyId, table: 'purchase', rowId: row.purchase_id }
  return unseal(key.key, place, row.sealed).toString()
}
