/** What the doctor found: `wrong` must be changed, `risky` should be known, `fine` was looked at and is right. */
export type Finding = {
  /** Kebab-case name of the check, for programs. */
  readonly check: string
  readonly kind: 'wrong' | 'risky' | 'fine'
  /** One sentence for the operator; never a secret. */
  readonly says: string
  /** What to do about it; null when nothing. */
  readonly remedy: string | null
}

export function fine(check: string, says: string): Finding {
  return { check, kind: 'fine', says, remedy: null }
}

export function risky(check: string, says: string, remedy: string): Finding {
  return { check, kind: 'risky', says, remedy }
}

export function wrong(check: string, says: string, remedy: string): Finding {
  return { check, kind: 'wrong', says, remedy }
}
