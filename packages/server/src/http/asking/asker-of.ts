import type { FastifyRequest } from 'fastify'
import type { Asker } from '../../asking/asking.ts'

/** Who calls, and by which route: its pattern, because its address may hold an id. */
export function askerOf(
  call: Pick<FastifyRequest, 'workspaceId' | 'actor' | 'method' | 'routeOptions'>,
): Asker {
  const { workspaceId, actor, method, routeOptions } = call
  return { workspaceId, actor, door: `${method} ${routeOptions.url ?? ''}` }
}
