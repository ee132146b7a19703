import type { NewRequest } from '@heed/protocol'
import type { ExclusiveLane, LaneTransaction } from '../gate/exclusive-lane.ts'
import type { DigestRings } from '../identity/open-digest-ring.ts'
import type { KeyStore } from '../keys/key-store.ts'
import type { NamedDigest } from './name-people.ts'
import type { RequestStatus } from './requests.store.ts'

export type RequestParts = {
  readonly lane: ExclusiveLane
  readonly rings: DigestRings
  readonly keyStore: KeyStore
  /** How long an erase can be taken back at the most; its due date may leave less. */
  readonly reversalDays: number
  readonly now: () => Date
  readonly newId: () => string
}

export type RequestCall = {
  readonly workspaceId: string
  readonly actor: string
  readonly idempotencyKey: string | null
  readonly request: NewRequest
}

/** A request whose row has just been written, about to be carried out in the same transaction. */
export type Opening = {
  readonly call: RequestCall
  readonly parts: RequestParts
  readonly requestId: string
  readonly named: readonly NamedDigest[]
  /** Source ids; empty: the whole workspace. */
  readonly scopes: readonly string[]
  readonly openedAt: Date
  readonly dueAt: Date
}

/** How one type of request is carried out, or begun, with the gate taken alone. Answers how far the request is by then. */
export type CarryOut = (tx: LaneTransaction, opening: Opening) => Promise<RequestStatus>
