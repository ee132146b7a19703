import { describeReceipt, describeVerdict, type ReceiptVerdict } from '@heed/core'

/** Whether a receipt is genuine; of a genuine one, what it proves and what not. */
export function printVerdict(verdict: ReceiptVerdict): string {
  if (verdict.kind !== 'valid') return describeVerdict(verdict)
  const { headline, proves, remains, provesNot } = describeReceipt(verdict)
  return [
    describeVerdict(verdict),
    headline,
    list('What it proves', proves),
    ...(remains.length === 0 ? [] : [list('Where something may still lie', remains)]),
    list('What it does not prove', provesNot),
  ].join('\n\n')
}

function list(title: string, sentences: readonly string[]): string {
  return [`${title}:`, ...sentences.map((sentence) => `  - ${sentence}`)].join('\n')
}
