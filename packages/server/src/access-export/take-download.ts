import { timingSafeEqual } from 'node:crypto'
import { publicId } from '@heed/core'
import { Problem } from '@heed/protocol'
import { appendToOutbox } from '../audit/outbox.store.ts'
import type { SubjectKey } from '../keys/key-store.ts'
import { inTransaction } from '../store/transaction.ts'
import type { ExportParts } from './export-parts.ts'
import { type ExportRow, everyExportIn, exportsIn } from './exports.store.ts'
import { linkDigest } from './link-token.ts'
import { openChunk } from './seal-chunks.ts'

export type Download = { readonly bytes: number; readonly content: AsyncIterable<Buffer> }

type TakingParts = Pick<ExportParts, 'pool' | 'keys' | 'now' | 'newId'>

type Found = ExportRow & { readonly workspaceId: string; readonly linkDigest: Buffer }

/**
 * Takes what a link leads to. The link is used up, and the look written down, in one transaction before the first byte; a
 * download that breaks off needs a new link, since nobody can tell how much of it has arrived where.
 * @throws Problem not-found, the same for a link that is wrong, used, replaced, expired, or of somebody erased
 */
export async function takeDownload(parts: TakingParts, token: string, door: string): Promise<Download> {
  const digest = linkDigest(token)
  const found = digest === null ? null : await everyExportIn(parts.pool).byLink(digest, parts.now())
  if (digest === null || found === null || !timingSafeEqual(digest, found.linkDigest)) throw nothingHere()
  await useUp(parts, { found, digest, door })
  const key = (await parts.keys.open(found.workspaceId, [found.keyId])).get(found.keyId)
  if (key === undefined) throw nothingHere()
  return { bytes: Number(found.bytes), content: readChunks(parts, found, key) }
}

function nothingHere(): Problem {
  return new Problem('not-found', 'This link does not work, or not any more. Ask for a new one.')
}

async function useUp(
  { pool, now, newId }: TakingParts,
  { found, digest, door }: { readonly found: Found; readonly digest: Buffer; readonly door: string },
): Promise<void> {
  const { workspaceId, requestId, subjectId, exportId } = found
  await inTransaction(pool, async (client) => {
    const exports = exportsIn(client, workspaceId)
    if (!(await exports.useLink(exportId, digest)) || !(await exports.isWhole(found))) throw nothingHere()
    const actor = `link:${publicId('req', requestId)}`
    const base = { workspaceId, occurredAt: now(), actor, subjectId }
    const downloaded = { requestId: publicId('req', requestId), download: found.downloads + 1 }
    await appendToOutbox(client, [
      { ...base, outboxId: newId(), kind: 'export-downloaded', body: downloaded },
      { ...base, outboxId: newId(), kind: 'access-to-personal-data', body: { door, rows: found.chunks } },
    ])
  })
}

/** Each piece is read and opened when the one before has gone out; a person erased in the middle ends the download there. */
async function* readChunks(
  { pool, keys }: TakingParts,
  { workspaceId, exportId, chunks, keyIds }: Found,
  { keyId }: SubjectKey,
): AsyncGenerator<Buffer> {
  for (let chunkNo = 0; chunkNo < chunks; chunkNo += 1) {
    const sealed = await exportsIn(pool, workspaceId).chunk(exportId, chunkNo)
    const opened = await keys.open(workspaceId, keyIds)
    const key = opened.get(keyId)
    if (sealed === null || key === undefined || opened.size < keyIds.length) throw nothingHere()
    yield openChunk(key, { workspaceId, exportId, chunkNo }, sealed)
  }
}
