import type { KeyObject } from 'node:crypto'
import { mkdir, open } from 'node:fs/promises'
import { CannotStart } from '../store/cannot-start.ts'
import { appendQueue } from './append-queue.ts'
import { type Journal, JournalDamaged } from './journal.ts'
import { chainFrom, chainPath, verifyChain } from './journal-chain.ts'
import { type ChainEnd, chainStart } from './journal-line.ts'
import { type ChainFile, readChain } from './read-chain.ts'

/**
 * Opens this node's chain in a folder, making it when it is new. The whole chain is proven first; an incomplete last line,
 * which a kill leaves behind and nobody was told of, is cut off.
 * @throws JournalDamaged when anything before that is not what was written.
 */
export async function openJournal(place: {
  folder: string
  nodeId: string
  key: KeyObject
}): Promise<Journal> {
  const { folder, nodeId, key } = place
  if (!NODE_ID.test(nodeId))
    throw new CannotStart(`a node id has letters, digits, "_" and "-" only, not ${nodeId}`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file: ChainFile = { path: chainPath(folder, nodeId), nodeId, key }
  await createFile(file.path, folder)
  const { end, endOffset } = await findEnd(file)
  const handle = await open(file.path, 'a+')
  if ((await handle.stat()).size > endOffset) {
    await handle.truncate(endOffset)
    await handle.sync()
  }
  const queue = appendQueue({ handle, key, end, endOffset })
  return {
    ...chainFrom(file),
    append: queue.append,
    lastPosition: queue.lastPosition,
    verify: () => verifyChain(file),
    close: queue.close,
  }
}

const NODE_ID = /^[A-Za-z0-9_-]{1,64}$/

/** Makes the file if it is not there. A new file's name is durable only when its folder is. */
async function createFile(path: string, folder: string): Promise<void> {
  const file = await open(path, 'a', 0o600)
  await file.close()
  const directory = await open(folder, 'r')
  await directory.sync()
  await directory.close()
}

/** Where to write on. @throws JournalDamaged */
async function findEnd(file: ChainFile): Promise<{ end: ChainEnd; endOffset: number }> {
  let last = { end: chainStart(file.key, file.nodeId), endOffset: 0 }
  for await (const record of readChain(file)) {
    if (record.kind === 'damaged') throw new JournalDamaged({ nodeId: file.nodeId, ...record })
    if (record.kind === 'entry') last = { end: record.end, endOffset: record.endOffset }
  }
  return last
}
