import { PassThrough, Readable } from 'node:stream'
import { ZipFile } from 'yazl'

export type ZipEntry = { readonly name: string; readonly pieces: AsyncIterable<string> }

/**
 * One zip of these files, made as it is read: an entry's pieces are asked for when the one before it has been taken, and no
 * faster than they are taken themselves.
 */
export async function* zipEntries(entries: readonly ZipEntry[], madeAt: Date): AsyncGenerator<Buffer> {
  const zip = new ZipFile()
  const output = zip.outputStream.pipe(new PassThrough())
  const contents = entries.map(({ pieces }) => Readable.from(pieces, { objectMode: false }))
  for (const [at, content] of contents.entries()) {
    // yazl passes no failure of an entry on: unheard, it would leave the zip waiting for ever.
    content.on('error', (cause) => output.destroy(cause))
    zip.addReadStream(content, entries[at]?.name ?? '', { mtime: madeAt, compressionLevel: 6 })
  }
  zip.end()
  try {
    for await (const piece of output) yield piece
  } finally {
    for (const content of contents) content.destroy()
  }
}
