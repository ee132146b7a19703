import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Problem } from '@heed/protocol'
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Authenticate } from '../access/authenticate-token.ts'
import type { Log } from '../log.ts'
import type { Settings } from '../settings.ts'
import { answerProblem } from './answer-problem.ts'
import { addAuthentication } from './authenticate-call.ts'
import { compileSerializer, compileValidator } from './compile-schema.ts'
import { drainConnections } from './drain-connections.ts'
import { createServerFactory, refuseBrokenCall } from './http-server.ts'
import { observeCalls } from './observe-calls.ts'
import type { Metrics } from './operations/metrics.ts'
import { documentRoutes } from './operations/openapi.ts'
import { parseStrictJson } from './strict-json.ts'

export type App = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>

export type AppParts = {
  readonly settings: Pick<Settings, 'trustedProxies' | 'tlsCert' | 'tlsKey'>
  readonly log: Log
  readonly metrics: Metrics
  readonly authenticate: Authenticate
  /** A new request id; it is answered in `x-request-id` and stands in every log line of the call. */
  readonly newRequestId: () => string
}

/** Largest body unless a route says otherwise. */
const MOST_BODY_BYTES = 1024 * 1024
const LONGEST_PATH_PARAMETER = 300

/**
 * The HTTP application without any route: register the doors on it. A route under `/api/v1` must say in `config.scope` what
 * its caller needs; every route is documented; whatever a handler throws is answered here, once, as problem+json.
 */
export async function buildApp(parts: AppParts): Promise<App> {
  const app = createApp(parts)
  app.setValidatorCompiler(compileValidator)
  app.setSerializerCompiler(compileSerializer)
  app.setErrorHandler(answerProblem)
  app.setNotFoundHandler(() => {
    throw new Problem('not-found', 'No route has this method and path; /docs lists them all.')
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(/^application\/(.+\+)?json/, { parseAs: 'buffer' }, (_call, body, done) => {
    parseBody(body, done)
  })
  observeCalls(app, parts.metrics)
  drainConnections(app)
  addAuthentication(app, parts.authenticate)
  await documentRoutes(app)
  return app
}

function createApp({ settings, log, newRequestId }: AppParts): App {
  const logger: FastifyBaseLogger = log
  return fastify({
    serverFactory: createServerFactory(settings),
    clientErrorHandler: refuseBrokenCall,
    frameworkErrors: answerProblem,
    loggerInstance: logger,
    // Fastify's own lines carry the address of the call, which can hold a write key or somebody's data.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: newRequestId,
    trustProxy: [...settings.trustedProxies],
    bodyLimit: MOST_BODY_BYTES,
    // A call that reaches an open connection while the server closes was accepted: it is answered, not refused.
    return503OnClosing: false,
    routerOptions: { maxParamLength: LONGEST_PATH_PARAMETER },
  }).withTypeProvider<ZodTypeProvider>()
}

function parseBody(body: string | Buffer, done: (error: Error | null, value?: unknown) => void): void {
  try {
    done(null, parseStrictJson(Buffer.from(body)))
  } catch (error) {
    done(error instanceof Error ? error : new Problem('invalid-json', 'The body could not be read.'))
  }
}
