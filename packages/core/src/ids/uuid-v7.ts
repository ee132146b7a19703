/**
 * A UUIDv7 (RFC 9562 §5.7) for the given time. `random` gives 10 fresh random bytes.
 * @param unixMs milliseconds since 1970, below 2^48
 */
export function newUuid(unixMs: number, random: (size: number) => Uint8Array): string {
  const bytes = new Uint8Array(16)
  const high = Math.floor(unixMs / 2 ** 16)
  bytes[0] = high >>> 24
  bytes[1] = high >>> 16
  bytes[2] = high >>> 8
  bytes[3] = high
  bytes[4] = (unixMs % 2 ** 16) >>> 8
  bytes[5] = unixMs
  bytes.set(random(10), 6)
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  return format(bytes)
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Joined, not added up: a string built by `+=` is kept as a tree of its parts, four times the size of its text. */
function format(bytes: Uint8Array): string {
  const text: string[] = []
  for (let at = 0; at < 16; at += 1) {
    if (at === 4 || at === 6 || at === 8 || at === 10) text.push('-')
    text.push(HEX[bytes[at] ?? 0] ?? '')
  }
  return text.join('')
}
