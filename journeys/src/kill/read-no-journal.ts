import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export type JournalledEntry = {
  readonly kind: string
  readonly cause?: { readonly cause: string }
  readonly digests?: readonly { readonly digest: string }[] | null
}

/**
 * The no-journal of a data folder, proved line by line with a program of the test's own, written from the description of
 * the format: every line's MAC covers the one before it. Throws at the first line that does not follow.
 */
export async function readNoJournal(dataDir: string): Promise<readonly JournalledEntry[]> {
  const master = Buffer.from((await readFile(join(dataDir, 'master.key'), 'utf8')).trim(), 'base64')
  const key = Buffer.from(hkdfSync('sha256', master, '', 'heed no-journal v1', 32))
  const names = await readdir(join(dataDir, 'journal'))
  const [name, ...others] = names.filter((one) => one.endsWith('.journal'))
  if (name === undefined || others.length > 0) throw new Error(`one chain was expected: ${names.join(', ')}`)
  const text = await readFile(join(dataDir, 'journal', name), 'utf8')
  const start = createHmac('sha256', key).update(`heed no-journal 1 ${name.replace('.journal', '')}`)
  return readLines(text.split('\n').slice(0, -1), { key, start: start.digest() })
}

const LINE = /^\{"position":(\d+),"length":\d+,"mac":"([0-9a-f]{64})","entry":(.*)\}$/s

function readLines(
  lines: readonly string[],
  { key, start }: { readonly key: Buffer; readonly start: Buffer },
): JournalledEntry[] {
  let before = start
  return lines.map((line, at) => {
    const [, position, mac = '', entry = ''] = LINE.exec(line) ?? []
    before = createHmac('sha256', key).update(before).update(`${position}:`).update(entry).digest()
    if (Number(position) !== at + 1 || !timingSafeEqual(before, Buffer.from(mac, 'hex')))
      throw new Error(`line ${at + 1} of the no-journal does not follow from the one before it`)
    return JSON.parse(entry) as JournalledEntry
  })
}
