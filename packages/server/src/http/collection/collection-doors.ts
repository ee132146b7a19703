import { PROBLEMS, Problem } from '@heed/protocol'
import type { App } from '../app.ts'
import { allowEveryOrigin } from './allow-every-origin.ts'
import type { CollectionParts } from './collection-parts.ts'
import { cooladataImageRoute, cooladataRoutes } from './cooladata/cooladata-routes.ts'
import { openDoor } from './door.ts'
import { imageForEveryError } from './image-for-every-error.ts'
import { scriptRoutes } from './scripts/script-routes.ts'
import { pixelRoutes } from './segment/pixel-routes.ts'
import { segmentRoutes } from './segment/segment-routes.ts'

/**
 * Everything a tracking client talks to. A Fastify plugin: `app.register(collectionDoors, parts)`, so that what it changes
 * (bodies are streams, validation is its own, any origin may call) ends with it.
 */
export async function collectionDoors(app: App, parts: CollectionParts): Promise<void> {
  takeAnyBody(app)
  app.setErrorHandler((error, _call, reply) => {
    if (isBriefRefusal(error)) reply.header('retry-after', '1')
    throw error
  })
  allowEveryOrigin(app)

  const door = openDoor(parts)
  segmentRoutes(app, door)
  cooladataRoutes(app, door)
  await app.register(async (images: App) => {
    imageForEveryError(images)
    pixelRoutes(images, door)
    cooladataImageRoute(images, door)
  })
  await scriptRoutes(app, door)
}

/**
 * Bodies reach the routes as streams, whatever their Content-Type says, even where it says nonsense: SDKs send JSON as
 * text/plain so that browsers ask no preflight. The schemas document; what they say is checked after the body is read.
 */
function takeAnyBody(app: App): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_call, stream, done) => done(null, stream))
  app.setValidatorCompiler(() => () => true)
  app.addHook('onRequest', async ({ raw }) => {
    if (raw.headers['content-type'] !== undefined) raw.headers['content-type'] = 'application/octet-stream'
  })
}

/** SDKs wait as long as they are told; told nothing, some of them drop the batch. */
function isBriefRefusal(error: unknown): boolean {
  return error instanceof Problem && error.retryAfter === null && PROBLEMS[error.code].status === 503
}
