import { openJws, parsePublicId, publicId, verifyReceipt, webCryptography } from '@heed/core'
import { type OpenedReceipt, type OpenReceipt, Problem } from '@heed/protocol'
import type { Asker } from '../asking/asking.ts'
import { recordAccess } from '../asking/record-access.ts'
import { proveInLog } from '../audit/prove-in-log.ts'
import { publishedKeys } from '../audit/published-keys.ts'
import { shownLog } from '../audit/shown-log.ts'
import { inTransaction } from '../store/transaction.ts'
import { leftOversIn } from './left-overs.store.ts'
import { type ReadingParts, showReceipt } from './read-receipts.ts'
import { receiptsIn } from './receipts.store.ts'

/**
 * Answers whoever shows a receipt with its opening what is left of that person: the row that leads to nobody else, whether
 * a key of theirs still opens anything, and where the receipt stands in the log.
 */
export async function openReceipt(
  parts: ReadingParts,
  asker: Asker,
  { jws, opening }: OpenReceipt,
): Promise<OpenedReceipt> {
  const { workspaceId } = asker
  const receipt = await verified(parts, { jws, opening })
  const receiptId = parsePublicId('rcp', receipt.receiptId) ?? ''
  const row = await receiptsIn(parts.pool, workspaceId).find(receiptId)
  if (row?.jws !== jws) throw new Problem('not-found', 'This workspace has issued no such receipt.')
  const subjectId = parsePublicId('sub', opening.subjectId) ?? ''
  const { subject, keys } = await leftOversIn(parts.pool, workspaceId).of(subjectId)
  await recordAccess(parts, asker, { rows: subject === null ? 0 : 1, subjectId: null })
  return {
    receipt: showReceipt(row).receipt,
    subject: subject === null ? null : { id: publicId('sub', subjectId), ...subject },
    keys,
    isReadable: keys.readable > 0 && subject !== null && subject.dataDeletedAt === null,
    inclusion: await inclusionOf(parts, workspaceId, receiptId),
  }
}

/** @throws Problem receipt-not-verified */
async function verified({ pool }: Pick<ReadingParts, 'pool'>, { jws, opening }: OpenReceipt) {
  const file = `{"receipt":${openJws(jws)?.payload ?? 'null'},"jws":${JSON.stringify(jws)},"opening":${JSON.stringify(opening)}}`
  const keys = JSON.stringify({ keys: await inTransaction(pool, publishedKeys) })
  const verdict = await verifyReceipt({ file, keys }, webCryptography(globalThis.crypto.subtle))
  if (verdict.kind !== 'valid')
    throw new Problem('receipt-not-verified', `Nothing was looked up: ${verdict.kind}.`)
  return verdict.receipt
}

async function inclusionOf(
  { pool }: Pick<ReadingParts, 'pool'>,
  workspaceId: string,
  receiptId: string,
): Promise<OpenedReceipt['inclusion']> {
  return inTransaction(pool, async (client) => {
    const place = await leftOversIn(client, workspaceId).leafOf(receiptId)
    if (place === null) return null
    const shown = await shownLog(client, { workspaceId, logNo: place.logNo })
    const leaf = place.position - shown.log.firstPosition
    return leaf < shown.size ? proveInLog(client, shown, { leaf }) : null
  })
}
