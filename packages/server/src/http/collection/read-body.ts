import { Readable } from 'node:stream'
import { Problem } from '@heed/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Lease } from './byte-budget.ts'
import { inflateBody } from './inflate-body.ts'

/** No source may take a larger body (`sourceSettings`); it is what may be read before the write key is known. */
export const LARGEST_BODY_BYTES = 8 * 1024 * 1024

export type Reading = {
  readonly call: FastifyRequest
  readonly reply: FastifyReply
  readonly lease: Lease
  /** Bytes, as sent and as decompressed. */
  readonly limit: number
}

/**
 * The bytes of a body, decompressed. Throws `Problem('too-large' | 'invalid-encoding' | 'overloaded')`; what is left of a
 * refused body is read and thrown away, so that the client gets to read the answer.
 */
export async function readBody({ call, reply, lease, limit }: Reading): Promise<Buffer> {
  reply.raw.once('finish', lease.release).once('close', lease.release)
  const { body } = call
  if (!(body instanceof Readable)) return Buffer.alloc(0)
  if (Number(call.headers['content-length']) > limit) throw tooLarge(limit)
  const sent = await readBytes(body, (size, added) => {
    if (size > limit) throw tooLarge(limit)
    lease.take(added)
  })
  return inflateBody({ sent, encoding: call.headers['content-encoding'], limit, lease })
}

function tooLarge(limit: number): Problem {
  return new Problem('too-large', `Send at most ${limit} bytes.`)
}

/** `admit` throws to refuse. Listeners and not `for await`: that destroys the socket when it is left early. */
function readBytes(stream: Readable, admit: (size: number, added: number) => void): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const chunks: Buffer[] = []
  let size = 0
  const take = (chunk: Buffer): void => {
    size += chunk.length
    chunks.push(chunk)
    const refusal = refusalOf(() => admit(size, chunk.length))
    if (refusal === null) return
    chunks.length = 0
    stream.off('data', take).resume()
    reject(refusal)
  }
  stream.on('data', take)
  stream.once('end', () =>
    resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
  )
  stream.once('error', reject)
  return promise
}
