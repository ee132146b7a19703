import { Ajv } from 'ajv'
import type { FastifySchemaCompiler, FastifySerializerCompiler } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { z } from 'zod'

const ajv = new Ajv({ coerceTypes: 'array', useDefaults: true, strict: false, allErrors: false })

/** Control routes speak zod; doors whose shape is somebody else's contract may give a plain JSON Schema. */
export const compileValidator: FastifySchemaCompiler<unknown> = (route) => {
  const { schema } = route
  if (schema instanceof z.ZodType) return validatorCompiler({ ...route, schema })
  return ajv.compile(isObject(schema) ? schema : {})
}

/** A zod schema shapes the answer, so that a field it does not name never leaves; a plain one only documents it. */
export const compileSerializer: FastifySerializerCompiler<unknown> = (route) => {
  const { schema } = route
  if (schema instanceof z.ZodType) return serializerCompiler({ ...route, schema })
  return (value) => JSON.stringify(value)
}

function isObject(schema: unknown): schema is object {
  return typeof schema === 'object' && schema !== null
}
