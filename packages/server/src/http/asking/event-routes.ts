import { dropsPage, dropsQuery, eventPage, eventsQuery } from '@heed/protocol'
import type { Asking } from '../../asking/asking.ts'
import { listDrops } from '../../asking/list-drops.ts'
import { listEvents } from '../../asking/list-events.ts'
import type { App } from '../app.ts'
import { askerOf } from './asker-of.ts'

const tags = ['events']
const config = { scope: 'events:read' } as const

export function eventRoutes(app: App, asking: Asking): void {
  app.get(
    '/api/v1/events',
    {
      config,
      schema: {
        tags,
        summary: 'Stored events, newest arrival first. Events of erased people are not shown.',
        querystring: eventsQuery,
        response: { 200: eventPage },
      },
    },
    (call) => listEvents(asking, askerOf(call), call.query),
  )
  app.get(
    '/api/v1/drops',
    {
      config,
      schema: {
        tags,
        summary: 'How many events were refused, by hour, source and reason.',
        querystring: dropsQuery,
        response: { 200: dropsPage },
      },
    },
    ({ workspaceId, query }) => listDrops(asking, workspaceId, query),
  )
}
