import type { Heed } from '../boot/boot-heed.ts'
import type { Secrets } from '../traces/secrets.ts'

export type Request = {
  readonly id: string
  readonly status: string
  readonly tasks: readonly { readonly outcome: string | null; readonly recoverableUntil: string | null }[]
}

export type SignedReceipt = {
  readonly jws: string
  readonly receipt: {
    readonly receiptId: string
    readonly outcome: string
    readonly supersedes: string | null
    readonly [fact: string]: unknown
  }
}

export const subjectOf = ({ userId }: Secrets) => ({ identifiers: [{ kind: 'userId', value: userId }] })

export async function findSubjects(heed: Heed, { email }: Secrets): Promise<readonly string[]> {
  const identifier = { kind: 'email', value: email }
  const { data } = (await heed.control('/api/v1/subjects/lookup', { identifier })) as {
    data: { id: string }[]
  }
  return data.map(({ id }) => id)
}

export async function askToErase(heed: Heed, secrets: Secrets, more: object = {}): Promise<Request> {
  return (await heed.control('/api/v1/requests', {
    type: 'erase',
    subject: subjectOf(secrets),
    ...more,
  })) as Request
}

export const requestAt = async (heed: Heed, id: string): Promise<Request> =>
  (await heed.control(`/api/v1/requests/${id}`)) as Request

/** Newest first. */
export async function receiptsOf(heed: Heed, id: string): Promise<readonly SignedReceipt[]> {
  const { data } = (await heed.control(`/api/v1/requests/${id}/receipts`)) as { data: SignedReceipt[] }
  return data
}
