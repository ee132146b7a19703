import type { FastifyRequest } from 'fastify'
import { mayUse } from '../../access/principal.ts'
import type { Asker } from '../../asking/asking.ts'
import { callerOf } from '../authenticate-call.ts'

/** Who calls, and by which route: its pattern, because its address may hold an id. */
export function askerOf(call: FastifyRequest): Asker {
  const { workspaceId, actor, method, routeOptions } = call
  const mayReadRestricted = mayUse(callerOf(call), 'privacy:read')
  return { workspaceId, actor, door: `${method} ${routeOptions.url ?? ''}`, mayReadRestricted }
}
