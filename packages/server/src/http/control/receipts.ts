import {
  listQuery,
  openedReceipt,
  openReceipt as openReceiptBody,
  Problem,
  receiptAnswer,
  receiptPage,
  receiptQuery,
} from '@heed/protocol'
import { mayUse } from '../../access/principal.ts'
import { openReceipt } from '../../receipts/open-receipt.ts'
import { findReceipt, type ReadingParts, readPersonsCopy, showReceipt } from '../../receipts/read-receipts.ts'
import { receiptsIn } from '../../receipts/receipts.store.ts'
import { requestsIn } from '../../requests/requests.store.ts'
import type { App } from '../app.ts'
import { askerOf } from '../asking/asker-of.ts'
import { callerOf } from '../authenticate-call.ts'
import { idFromPath, idParams } from './call-ids.ts'
import { listAnswer, pageStart } from './list-answer.ts'

const tags = ['receipts']

/** Signed outcomes: to be read, to be handed to the person, and to be shown again by them. */
export function receiptRoutes(app: App, parts: ReadingParts): void {
  app.get(
    '/api/v1/receipts/:id',
    {
      config: { scope: 'requests:read' },
      schema: {
        tags,
        summary: 'One receipt, with the signed text. Anybody can check it with /.well-known/heed-keys.json.',
        params: idParams,
        querystring: receiptQuery,
        response: { 200: receiptAnswer },
      },
    },
    async (call) => {
      const receiptId = idFromPath('rcp', call.params.id)
      if (call.query.copy === undefined)
        return showReceipt(await findReceipt(parts, call.workspaceId, receiptId))
      if (!mayUse(callerOf(call), 'requests:write'))
        throw new Problem('forbidden', "The person's copy needs a token with the scope requests:write.")
      return readPersonsCopy(parts, askerOf(call), receiptId)
    },
  )
  app.get(
    '/api/v1/requests/:id/receipts',
    {
      config: { scope: 'requests:read' },
      schema: {
        tags,
        summary: 'Every receipt of a request, newest first.',
        params: idParams,
        querystring: listQuery,
        response: { 200: receiptPage },
      },
    },
    async ({ params, query, workspaceId }) => {
      const requestId = idFromPath('req', params.id)
      if ((await requestsIn(parts.pool, workspaceId).find(requestId)) === null)
        throw new Problem('not-found', 'This workspace has no such request.')
      const page = { before: pageStart('rcp', query), limit: query.limit }
      const rows = await receiptsIn(parts.pool, workspaceId).ofRequest(requestId, page)
      return listAnswer(rows, {
        limit: query.limit,
        prefix: 'rcp',
        idOf: ({ receiptId }) => receiptId,
        show: showReceipt,
      })
    },
  )
  app.post(
    '/api/v1/receipts/open',
    {
      config: { scope: 'subjects:read' },
      schema: {
        tags,
        summary: "What is left of the person whose copy is shown, and the receipt's place in the log.",
        body: openReceiptBody,
        response: { 200: openedReceipt },
      },
    },
    (call) => openReceipt(parts, askerOf(call), call.body),
  )
}
