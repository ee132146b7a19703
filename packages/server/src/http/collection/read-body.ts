import { Readable } from 'node:stream'
import { Problem } from '@heed/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Lease } from './byte-budget.ts'
import { inflateBody } from './inflate-body.ts'

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
  if (Number(call.headers['content-length']) > limit) {
    body.resume()
    throw tooLarge(limit)
  }
  const sent = await readBytes(body, (size, added) => (size > limit ? tooLarge(limit) : lease.take(added)))
  return inflateBody({ sent, encoding: call.headers['content-encoding'], limit, lease })
}

function tooLarge(limit: number): Problem {
  return new Problem('too-large', `Send at most ${limit} bytes.`)
}

/** Listeners and not `for await`: left early, that destroys the socket before the refusal could be answered. */
function readBytes(
  stream: Readable,
  admit: (size: number, added: number) => Problem | null,
): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const chunks: Buffer[] = []
  let size = 0
  const take = (chunk: Buffer): void => {
    size += chunk.length
    const refusal = admit(size, chunk.length)
    if (refusal === null) {
      chunks.push(chunk)
      return
    }
    chunks.length = 0
    stream.off('data', take).resume()
    reject(refusal)
  }
  stream.on('data', take).once('error', reject)
  stream.once('end', () => resolve(joined(chunks)))
  return promise
}

function joined(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)
}
