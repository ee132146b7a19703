import { type Receipt, type Residual, type Retained, UNKNOWN } from './receipt.ts'
import type { ReceiptVerdict } from './verify-receipt.ts'

export type ReceiptInWords = {
  /** What happened, in one sentence. */
  readonly headline: string
  readonly proves: readonly string[]
  /** Where something of it may still lie. */
  readonly remains: readonly string[]
  readonly provesNot: readonly string[]
}

export type ValidReceipt = Extract<ReceiptVerdict, { kind: 'valid' }>

/** What a valid receipt proves and what it does not, in sentences that a court or the person can read. */
export function describeReceipt({ receipt, opening, keyRetiredAt }: ValidReceipt): ReceiptInWords {
  return {
    headline: headline(receipt),
    proves: [
      `Heed's store (destination ${receipt.destination.id}) was asked on ${shown(receipt.askedAt)}, in request ${receipt.requestId}${law(receipt)}.`,
      ...howItIsKnown(receipt),
      ...aboutRows(receipt),
      ...receipt.retained.map(aboutRetained),
      ...aboutKeys(receipt),
      ...aboutRestore(receipt),
      ...succession(receipt),
      ...(opening === null ? [] : [`It is about ${opening.subjectId}: this is the person's copy.`]),
    ],
    remains: receipt.residuals.map(aboutResidual),
    provesNot: [
      ...(opening === null ? [anonymous(receipt)] : []),
      ...limits(receipt),
      ...timing(receipt, keyRetiredAt),
      'That whoever holds the signing key told the truth: a signature shows who said it, and that not a byte has changed since.',
    ],
  }
}

function headline(receipt: Receipt): string {
  const since = receipt.unreadableSince
  const unreadable = since === null ? '' : ` Since ${shown(since)} nothing of it can be read through Heed.`
  switch (receipt.outcome) {
    case 'accepted':
      return receipt.type === 'erase'
        ? `The erase has begun and nothing has been destroyed yet.${unreadable}`
        : `The request (${receipt.type}) was accepted and is not finished.`
    case 'confirmed':
      return receipt.type === 'erase'
        ? `The person's data was erased${receipt.proof === 'looked-again' ? ', and a search afterwards found nothing' : ''}.${unreadable}`
        : `The request (${receipt.type}) was carried out.`
    case 'still-found':
      return `The erase is not complete: a search afterwards still found ${rows(receipt.stillFound)}.${unreadable}`
    case 'not-found':
      return 'Nobody was found under the identifiers that were named, so nothing was erased.'
    case 'cancelled':
      return receipt.supersedes === null
        ? 'The request was cancelled before anything was erased or changed.'
        : 'The request was taken back: what an earlier receipt said no longer holds.'
  }
}

function law({ jurisdiction }: Receipt): string {
  return jurisdiction === null ? '' : `, under ${jurisdiction}`
}

function howItIsKnown({ proof, lookedAt, searched }: Receipt): readonly string[] {
  if (proof === 'attested') return ['Somebody vouches for this outcome; nothing was looked at.']
  if (proof === 'none') return ['How this outcome is known is not said.']
  if (searched === null) return []
  const what =
    searched.by === 'identifiers'
      ? `the ${plural(searched.count, 'identifier')} that ${searched.count === 1 ? 'was' : 'were'} named`
      : `the ids of the person and of their keys (${searched.count.toLocaleString('en')})`
  const where = searched.tables.length === 0 ? '' : ` in ${searched.tables.join(', ')}`
  return [`${lookedAt === null ? 'It' : `On ${shown(lookedAt)} it`} was searched for ${what}${where}.`]
}

function aboutRows({ outcome, rows: { matched, removed, kept } }: Receipt): readonly string[] {
  if (outcome === 'not-found' || (matched === null && removed === null && kept === null)) return []
  if (removed === 0 && outcome === 'accepted')
    return matched === null ? [] : [`The request covers ${rows(matched)}; none has been removed so far.`]
  const facts = [
    ...(matched === null ? [] : [`${rows(matched)} matched`]),
    ...(removed === null ? [] : [`${removed.toLocaleString('en')} removed`]),
    ...(kept === null ? [] : [`${kept.toLocaleString('en')} kept`]),
  ]
  return [`Rows: ${facts.join(', ')}.`]
}

function aboutRetained({ what, rows: count, reason, law: basis, until }: Retained): string {
  const end = until === null ? '' : ` until ${shown(until)}`
  return `Kept on purpose: ${what}${count === null ? '' : ` (${rows(count)})`}${end}: ${reason}${basis === null ? '' : ` (${basis})`}.`
}

function aboutKeys({ recoverableUntil, keysDestroyedAt, keyCopiesUntil }: Receipt): readonly string[] {
  const escrow =
    recoverableUntil === null
      ? []
      : [`The keys are in escrow, and the erase can be reversed until ${shown(recoverableUntil)}.`]
  if (keysDestroyedAt === null) return escrow
  const copies =
    keyCopiesUntil === UNKNOWN || keyCopiesUntil === null
      ? ''
      : ` The operator states that the last copy in backups and replicas is gone on ${shown(keyCopiesUntil)}.`
  return [...escrow, `The keys of the data were destroyed on ${shown(keysDestroyedAt)}.${copies}`]
}

function aboutRestore(receipt: Receipt): readonly string[] {
  if (!receipt.protectedAgainstRestore || receipt.type !== 'erase') return []
  return [
    'The erase is also written down outside the database, so that a restored backup is erased again at start.',
  ]
}

function succession({ supersedes }: Receipt): readonly string[] {
  return supersedes === null ? [] : [`It takes the place of receipt ${supersedes}.`]
}

const PLACES: Readonly<Record<Residual['kind'], string>> = {
  escrow: 'In escrow',
  'address-book': "In the request's address book",
  'live-cluster': 'In the running database',
  backup: 'In backups and archives',
  replica: 'In replicas',
}

function aboutResidual({ kind, until, reason }: Residual): string {
  if (until === null) return `${PLACES[kind]}: ${reason}.`
  const end = until === UNKNOWN ? 'for a time that the operator has not stated' : `until ${shown(until)}`
  return `${PLACES[kind]}, ${end}: ${reason}.`
}

function anonymous({ subjectCommitment }: Receipt): string {
  return subjectCommitment === null
    ? 'Whom it is about: it commits to nobody.'
    : "Whom it is about: that shows only in the person's copy."
}

function timing({ issuedAt }: Receipt, keyRetiredAt: string | null): readonly string[] {
  if (keyRetiredAt === null || keyRetiredAt >= issuedAt) return []
  return [`When it was signed: its key was retired on ${shown(keyRetiredAt)}, before the date it gives.`]
}

function limits(receipt: Receipt): readonly string[] {
  return [
    ...(receipt.protectedAgainstRestore || receipt.type !== 'erase'
      ? []
      : ['That a restored backup stays erased: this installation keeps no journal outside its database.']),
    ...(receipt.type === 'erase'
      ? ['Anything about other destinations: each has a receipt of its own.']
      : []),
  ]
}

function shown(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`
}

function rows(count: number | null): string {
  return count === null ? 'rows' : plural(count, 'row')
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}
