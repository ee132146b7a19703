import { lifting, newLifting } from '@heed/protocol'
import type { ExclusiveLane } from '../../gate/exclusive-lane.ts'
import { liftOptOuts } from '../../suppression/lift-opt-outs.ts'
import type { App } from '../app.ts'

export function suppressionRoutes(app: App, parts: { readonly lane: ExclusiveLane }): void {
  app.post(
    '/api/v1/suppressions/lift',
    {
      config: { scope: 'suppressions:write' },
      schema: {
        tags: ['suppressions'],
        summary:
          'Take back the opt-outs that came through one source in an interval, after a flood of forged ones.',
        body: newLifting,
        response: { 200: lifting },
      },
    },
    async ({ workspaceId, actor, body }) => liftOptOuts(parts.lane, { workspaceId, actor, lifting: body }),
  )
}
