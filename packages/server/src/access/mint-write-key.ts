/** A random write key of 160 bits, in letters and digits that need no escape in a path. */
export function mintWriteKey(random: (size: number) => Uint8Array): string {
  return Buffer.from(random(20)).toString('hex')
}
