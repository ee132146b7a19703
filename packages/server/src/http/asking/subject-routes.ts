import { foundSubjects, identifierQuestion, subjectPage, timelinePage, timelineQuery } from '@heed/protocol'
import { z } from 'zod'
import type { Asking } from '../../asking/asking.ts'
import { lookUpSubject } from '../../asking/look-up-subject.ts'
import { readSubject } from '../../asking/read-subject.ts'
import { readTimeline } from '../../asking/read-timeline.ts'
import type { App } from '../app.ts'
import { askerOf } from './asker-of.ts'

const tags = ['subjects']
const config = { scope: 'subjects:read' } as const
const params = z.object({ id: z.string().describe('sub_…') })

export function subjectRoutes(app: App, asking: Asking): void {
  app.post(
    '/api/v1/subjects/lookup',
    {
      config,
      schema: {
        tags,
        summary: 'Whom an identifier leads to. At most 1,000, the owner first.',
        body: identifierQuestion,
        response: { 200: foundSubjects },
      },
    },
    (call) => lookUpSubject(asking, askerOf(call), call.body.identifier),
  )
  app.get(
    '/api/v1/subjects/:id',
    { config, schema: { tags, summary: 'One person.', params, response: { 200: subjectPage } } },
    (call) => readSubject(asking, askerOf(call), call.params.id),
  )
  app.get(
    '/api/v1/subjects/:id/timeline',
    {
      config,
      schema: {
        tags,
        summary: 'What was collected of one person and what they said to it, newest first.',
        params,
        querystring: timelineQuery,
        response: { 200: timelinePage },
      },
    },
    (call) => readTimeline(asking, askerOf(call), { subject: call.params.id, query: call.query }),
  )
}
