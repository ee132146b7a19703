import type { NewRequest } from '@heed/protocol'
import type { GateRig } from '../../testing/gate-rig.ts'
import { approveRequest } from '../approve-request.ts'
import { cancelRequest } from '../cancel-request.ts'
import { openRequest } from '../open-request.ts'
import type { RequestRow } from '../requests.store.ts'
import { reverseRequest } from '../reverse-request.ts'

type Named = NewRequest['subject']['identifiers'][number]
type Change = Partial<Omit<NewRequest, 'type' | 'subject'>> & { readonly idempotencyKey?: string }

/** Requests as calls of a test make them, on the rig of the moment. */
export type EraseWorld = {
  readonly open: (
    type: NewRequest['type'],
    identifiers: readonly Named[],
    change?: Change,
  ) => Promise<RequestRow>
  readonly erase: (kind: string, value: string, change?: Change) => Promise<RequestRow>
  readonly approve: (request: RequestRow, subjects?: readonly string[]) => Promise<RequestRow>
  readonly cancel: (request: RequestRow) => Promise<RequestRow>
  readonly reverse: (request: RequestRow, keepSuppressed?: boolean) => Promise<RequestRow>
}

export function eraseWorld(rig: () => GateRig): EraseWorld {
  const call = ({ requestId }: RequestRow) => ({
    workspaceId: rig().workspaceId,
    actor: 'token:test',
    idempotencyKey: null,
    requestId,
  })
  const open: EraseWorld['open'] = async (type, identifiers, { idempotencyKey = null, ...change } = {}) => {
    const request = { type, subject: { identifiers: [...identifiers] }, scope: {}, ...change }
    const { workspaceId, requestParts } = rig()
    const opened = await openRequest(requestParts, {
      workspaceId,
      actor: 'token:test',
      idempotencyKey,
      request,
    })
    return opened.request
  }
  return {
    open,
    erase: (kind, value, change) => open('erase', [{ kind, value }], change),
    approve: (request, subjects) =>
      approveRequest(rig().requestParts, {
        ...call(request),
        body: subjects === undefined ? {} : { subjects: [...subjects] },
      }),
    cancel: (request) => cancelRequest(rig().requestParts, { ...call(request), body: {} }),
    reverse: (request, keepSuppressed) =>
      reverseRequest(rig().requestParts, {
        ...call(request),
        body: keepSuppressed === undefined ? {} : { keepSuppressed },
      }),
  }
}
