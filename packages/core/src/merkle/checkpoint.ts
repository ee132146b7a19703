import { fromBase64, toBase64 } from './base64.ts'
import { HASH_BYTES } from './tree-hash.ts'

/** What a log says of itself: its name, how many leaves it has, and the root over them. */
export type Checkpoint = { readonly origin: string; readonly size: number; readonly root: Uint8Array }

/** The text that is signed. https://c2sp.org/tlog-checkpoint (read 2026-11-21) */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`
}

/** The checkpoint in a text whose signature has been checked, or null when it is none. Lines after the third are ignored. */
export function parseCheckpoint(text: string): Checkpoint | null {
  const [origin = '', sizeText = '', rootText = '', ...rest] = text.split('\n')
  const size = /^(0|[1-9][0-9]*)$/.test(sizeText) ? Number(sizeText) : Number.NaN
  const root = fromBase64(rootText)
  if (origin === '' || !Number.isSafeInteger(size) || rest.at(-1) !== '') return null
  return root?.length === HASH_BYTES ? { origin, size, root } : null
}
