/** What checking a receipt needs done. */
export type ReceiptCryptography = {
  /** Is this an Ed25519 signature of the message? `publicKey` is the 32 bytes of RFC 8032. */
  readonly isSigned: (signed: {
    readonly publicKey: Bytes
    readonly message: Bytes
    readonly signature: Bytes
  }) => Promise<boolean>
  /** HMAC-SHA-256. */
  readonly hmac: (key: Bytes, message: Bytes) => Promise<Bytes>
}

type Bytes = Uint8Array<ArrayBuffer>

/** The part of the browser's `crypto.subtle` that is used; Node has the same one. */
export type SubtleCryptography<Key> = {
  readonly importKey: (
    format: 'raw',
    bytes: Bytes,
    algorithm: { name: 'Ed25519' } | { name: 'HMAC'; hash: 'SHA-256' },
    isExtractable: boolean,
    uses: ('verify' | 'sign')[],
  ) => Promise<Key>
  readonly verify: (algorithm: 'Ed25519', key: Key, signature: Bytes, message: Bytes) => Promise<boolean>
  readonly sign: (algorithm: 'HMAC', key: Key, message: Bytes) => Promise<ArrayBuffer>
}

/** One way of checking for the command line, the server and a page without a server. */
export function webCryptography<Key>(subtle: SubtleCryptography<Key>): ReceiptCryptography {
  return {
    async isSigned({ publicKey, message, signature }) {
      const key = await subtle.importKey('raw', publicKey, { name: 'Ed25519' }, false, ['verify'])
      return subtle.verify('Ed25519', key, signature, message)
    },
    async hmac(secret, message) {
      const key = await subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
      return new Uint8Array(await subtle.sign('HMAC', key, message))
    },
  }
}
