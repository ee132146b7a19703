import { openJws } from '@heed/core'
import { Problem, type ReceiptAnswer, receipt } from '@heed/protocol'
import type { Asker } from '../asking/asking.ts'
import { recordAccess } from '../asking/record-access.ts'
import { findOpening, type OpeningParts } from './keep-opening.ts'
import { type ReceiptRow, receiptsIn } from './receipts.store.ts'

export type ReadingParts = Pick<OpeningParts, 'pool' | 'keyStore' | 'now'> & { readonly newId: () => string }

/** A receipt as it was signed, with the signed text beside it. */
export function showReceipt({ jws }: Pick<ReceiptRow, 'jws'>): ReceiptAnswer {
  return { receipt: receipt.parse(JSON.parse(openJws(jws)?.payload ?? 'null')), jws }
}

/** @throws Problem not-found */
export async function findReceipt(
  { pool }: Pick<ReadingParts, 'pool'>,
  workspaceId: string,
  receiptId: string,
): Promise<ReceiptRow> {
  const row = await receiptsIn(pool, workspaceId).find(receiptId)
  if (row === null) throw new Problem('not-found', 'This workspace has no such receipt.')
  return row
}

/**
 * The copy that goes to the person: the opening in it says whom the receipt is about, so handing it out is a look at personal
 * data. The log names no subject for it: an erased one has no salt any more.
 */
export async function readPersonsCopy(
  parts: ReadingParts,
  asker: Asker,
  receiptId: string,
): Promise<ReceiptAnswer> {
  const { workspaceId } = asker
  const row = await findReceipt(parts, workspaceId, receiptId)
  const opening = await findOpening(parts.pool, parts.keyStore, { workspaceId, ...row })
  if (opening === null)
    throw new Problem(
      'not-found',
      "There is no person's copy: the receipt is about nobody, or its opening is gone.",
    )
  await recordAccess(parts, asker, { rows: 1, subjectId: null })
  return { ...showReceipt(row), opening }
}
