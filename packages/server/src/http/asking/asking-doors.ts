import type { Asking } from '../../asking/asking.ts'
import type { App } from '../app.ts'
import { eventRoutes } from './event-routes.ts'
import { queryRoute } from './query-route.ts'
import { standingRoutes } from './standing-routes.ts'
import { subjectRoutes } from './subject-routes.ts'

/** Everything that is asked and changes nothing. */
export function askingDoors(app: App, asking: Asking): void {
  subjectRoutes(app, asking)
  eventRoutes(app, asking)
  queryRoute(app, asking)
  standingRoutes(app, asking)
}
