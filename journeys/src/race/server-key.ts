import type { Heed } from '../boot/boot-heed.ts'

/**
 * The write key of a source that is kept secret. What a public key says of two user ids spreads a "no" from now on and
 * takes away nothing that is stored; the races are about what must be taken away, too.
 */
export async function serverKeyOf({ control }: Heed): Promise<string> {
  const { writeKey } = (await control('/api/v1/sources', { name: 'Shop server', trust: 'server' })) as {
    writeKey: string
  }
  return writeKey
}
