import { explanation, identifierQuestion, listQuery, suppressionPage } from '@heed/protocol'
import type { Asking } from '../../asking/asking.ts'
import { explainIdentifier } from '../../asking/explain-identifier.ts'
import { listSuppressions } from '../../asking/list-suppressions.ts'
import type { App } from '../app.ts'
import { askerOf } from './asker-of.ts'

const tags = ['suppressions']
const config = { scope: 'subjects:read' } as const

export function standingRoutes(app: App, asking: Asking): void {
  app.post(
    '/api/v1/explain',
    {
      config,
      schema: {
        tags,
        summary: 'Is an identifier suppressed, since when, by what, and what was dropped since?',
        body: identifierQuestion,
        response: { 200: explanation },
      },
    },
    (call) => explainIdentifier(asking, askerOf(call), call.body.identifier),
  )
  app.get(
    '/api/v1/suppressions',
    {
      config,
      schema: {
        tags,
        summary: 'Every "no", newest first, lifted ones too. It names nobody.',
        querystring: listQuery,
        response: { 200: suppressionPage },
      },
    },
    ({ workspaceId, query }) => listSuppressions(asking, workspaceId, query),
  )
}
