import type { ErasurePreview } from '@heed/protocol'

type Irreversible = {
  readonly status: ErasurePreview['status']
  readonly suppress: boolean
  /** ISO; null where there is no such time, or it has not begun. */
  readonly recoverableUntil: string | null
  readonly reversalDays: number
}

/** What nobody can take back, in sentences for whoever decides. */
export function irreversibleParts(erase: Irreversible): string[] {
  return [
    whileItCanBeReversed(erase),
    erase.suppress
      ? 'What is refused from the erase on is stored nowhere, and nobody can have it later.'
      : 'What happened before the erase and arrives after it is refused and stored nowhere, and nobody can have it later.',
    'What was read, exported or downloaded before the erase is out of the reach of Heed.',
  ]
}

function whileItCanBeReversed({ status, recoverableUntil, reversalDays }: Irreversible): string {
  if (status === 'settled') return 'Nobody is found, so there is nothing to bring back.'
  if (recoverableUntil !== null)
    return `Until ${recoverableUntil} the erase can be reversed; then the keys are destroyed, and nobody can bring the data back.`
  if (status === 'waiting')
    return 'The erase cannot be reversed: the keys are destroyed at once, and nobody can bring the data back.'
  const days = reversalDays === 1 ? '1 day' : `${reversalDays} days`
  return `The time to reverse begins when the erase does, and is ${days} or what the due date leaves; then nobody can bring the data back.`
}
