import { type AskedIdentifier, Problem } from '@heed/protocol'
import { normaliseIdentifier } from '../identity/normalise-identifier.ts'
import type { Asking } from './asking.ts'

/** Everything the asked identifier may be kept as: its digest under every version that was ever in use. */
export async function digestQuestion(
  { digestsOf }: Pick<Asking, 'digestsOf'>,
  workspaceId: string,
  asked: AskedIdentifier,
): Promise<readonly Buffer[]> {
  const identifier = normaliseIdentifier(asked.kind, asked.value)
  if ('refused' in identifier)
    throw new Problem('invalid-identifier', `It was refused: ${identifier.refused}.`)
  const ring = await digestsOf(workspaceId)
  return ring.allDigests(identifier)
}
