import type { ReceiptVerdict } from './verify-receipt.ts'

/** Whether a receipt is genuine, in one sentence. */
export function describeVerdict(verdict: ReceiptVerdict): string {
  switch (verdict.kind) {
    case 'valid':
      return `Valid: signed on ${verdict.receipt.issuedAt.slice(0, 19).replace('T', ' ')} UTC with key ${verdict.keyId}, and unchanged since.`
    case 'not-a-receipt':
      return 'Not valid: this is no receipt of Heed, or it was damaged.'
    case 'no-keys':
      return 'Nothing was checked: the keys are not what /.well-known/heed-keys.json answers.'
    case 'unknown-key':
      return `Not valid: none of these keys has signed it; it names the key ${verdict.keyId}.`
    case 'not-signed':
      return `Not valid: key ${verdict.keyId} did not sign this. It was changed, or signed by somebody else.`
    case 'facts-differ':
      return 'Not valid: what stands beside the signed text is not what was signed.'
    case 'opening-differs':
      return 'Not valid: the receipt is about somebody else, or its opening was changed.'
    case 'unknown-version':
      return 'Not valid here: it is signed, but it is no receipt of a version that is known here.'
  }
}
