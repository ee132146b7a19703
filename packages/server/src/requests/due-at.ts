import { type NewRequest, Problem } from '@heed/protocol'

/** One month, GDPR Art. 12(3), as the shortest month has it. */
const DUE_AFTER_DAYS = 28
const DAY_MS = 86_400_000

/** The month begins when the person asked, which may be before the operator wrote it down here. */
export function dueAtOf({ submittedAt }: Pick<NewRequest, 'submittedAt'>, openedAt: Date): Date {
  const askedAt = submittedAt === undefined ? openedAt : new Date(submittedAt)
  if (askedAt > openedAt) throw new Problem('invalid-body', 'submittedAt lies in the future.')
  return new Date(askedAt.getTime() + DUE_AFTER_DAYS * DAY_MS)
}
