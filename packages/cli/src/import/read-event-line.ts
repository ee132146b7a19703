import { createHash } from 'node:crypto'
import type { FileLine } from './split-lines.ts'

/** What a line of an archive is. `json` is the text to send: the line's own, unless a message id had to be added. */
export type EventLine =
  | { readonly kind: 'event'; readonly line: number; readonly json: string; readonly bytes: number }
  | { readonly kind: 'malformed'; readonly line: number }
  | { readonly kind: 'blank'; readonly line: number }

/**
 * Reads one line. An event without a message id gets one made of the file and the line, so that importing the file again
 * after a kill stores nothing twice. The line's own text is sent where it can be: parsing and writing would round numbers.
 */
export function readEventLine({ number: line, bytes }: FileLine, fileDigest: string): EventLine {
  if (bytes === null) return { kind: 'malformed', line }
  const text = textOf(bytes)
  if (text === null) return { kind: 'malformed', line }
  if (text.trim() === '') return { kind: 'blank', line }
  const event = objectIn(text)
  if (event === null) return { kind: 'malformed', line }
  const json = hasMessageId(event)
    ? text.trim()
    : JSON.stringify({ ...event, messageId: mintedId(fileDigest, line) })
  return { kind: 'event', line, json, bytes: Buffer.byteLength(json) }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function textOf(bytes: Buffer): string | null {
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}

function objectIn(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}

/** What the server takes for one. */
function hasMessageId(event: object): boolean {
  if (!('messageId' in event)) return false
  const { messageId } = event
  return typeof messageId === 'number' || (typeof messageId === 'string' && messageId.trim() !== '')
}

function mintedId(fileDigest: string, line: number): string {
  return `import-${createHash('sha256').update(`${fileDigest}:${line}`).digest('base64url')}`
}
