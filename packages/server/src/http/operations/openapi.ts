import { fastifySwagger, type SwaggerTransform } from '@fastify/swagger'
import { problemAnswer } from '@heed/protocol'
import type { RouteOptions } from 'fastify'
import { z } from 'zod'
import type { App } from '../app.ts'

/** Collects every route from here on into the OpenAPI 3.1 document. A route cannot ask to be left out. */
export async function documentRoutes(app: App): Promise<void> {
  app.addHook('onRoute', refuseHiddenRoute)
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

/** HEAD and OPTIONS say nothing of their own; everything else that answers is in the document. */
function refuseHiddenRoute(route: RouteOptions): void {
  const methods = [route.method].flat()
  if (methods.every((method) => method === 'HEAD' || method === 'OPTIONS')) return
  if (route.schema !== undefined && 'hide' in route.schema)
    throw new Error(`The route ${route.url} hides itself`)
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
