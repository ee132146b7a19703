import { fastifySwagger, type SwaggerTransform } from '@fastify/swagger'
import { InvariantViolation } from '@heed/core'
import { problemAnswer } from '@heed/protocol'
import type { RouteOptions } from 'fastify'
import { z } from 'zod'
import type { App } from '../app.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route registered so far but HEAD and OPTIONS. */
    readonly answeredRoutes: readonly AnsweredRoute[]
  }
}

type AnsweredRoute = { readonly method: string; readonly url: string }

/** Collects every route from here on into the OpenAPI 3.1 document. A route cannot ask to be left out. */
export async function documentRoutes(app: App): Promise<void> {
  const answered: AnsweredRoute[] = []
  app.decorate('answeredRoutes', answered)
  app.addHook('onRoute', (route) => {
    const methods = [route.method].flat().filter((method) => method !== 'HEAD' && method !== 'OPTIONS')
    answered.push(...methods.map((method) => ({ method, url: route.url })))
    if (methods.length > 0) refuseHiddenRoute(route)
  })
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Heed',
        description:
          'Collects events, keeps what each person allowed or refused, and carries out what they ask.',
        version: '1',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
    transform: describeRoute,
  })
}

function refuseHiddenRoute({ schema, url }: RouteOptions): void {
  if (schema !== undefined && 'hide' in schema) throw new InvariantViolation(`The route ${url} hides itself`)
}

/** zod becomes JSON Schema, plain schemas stay; the scope and the shape of refusals are added here, in one place. */
const describeRoute: SwaggerTransform = ({ schema, url, route }) => {
  const { body, querystring, params, headers, response, ...rest } = schema ?? {}
  const scope = route.config?.scope
  return {
    url,
    schema: {
      ...rest,
      ...presentOnly({ body, querystring, params, headers }, 'input'),
      response: { ...presentOnly(response ?? {}, 'output'), default: REFUSAL },
      ...(scope === undefined ? {} : { security: [{ token: [] }], 'x-scope': scope }),
    },
  }
}

function presentOnly(parts: object, io: 'input' | 'output'): Record<string, unknown> {
  const given = Object.entries(parts).filter(([, schema]) => schema !== undefined)
  return Object.fromEntries(given.map(([name, schema]) => [name, asJsonSchema(schema, io)]))
}

function asJsonSchema(schema: unknown, io: 'input' | 'output'): unknown {
  if (!(schema instanceof z.ZodType)) return schema
  const { $schema, ...described } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return described
}

const REFUSAL = {
  description: 'Refused: see `code`.',
  content: { 'application/problem+json': { schema: asJsonSchema(problemAnswer, 'output') } },
}
