import { PROBLEMS, Problem, type ProblemAnswer, type ProblemCode } from '@heed/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { isDatabaseAway } from '../store/is-database-away.ts'

type Wrong = { readonly path: string; readonly message: string }

/** Answers whatever a route threw. An error nobody expected says only that it happened; the log has it under the same id. */
export function answerProblem(error: unknown, call: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = asProblem(error)
  if (problem.code === 'internal') call.log.error({ err: error }, 'a call failed unexpectedly')
  if (problem.cause === error) call.log.warn({ err: error }, 'a call failed because the database was away')
  const { status, title } = PROBLEMS[problem.code]
  const errors = wrongPlaces(error)
  const answer: ProblemAnswer = {
    type: `/docs#${problem.code}`,
    title,
    status,
    code: problem.code,
    detail: problem.hint,
    requestId: call.id,
    ...(errors.length === 0 ? {} : { errors }),
  }
  if (problem.retryAfter !== null) reply.header('retry-after', Math.ceil(problem.retryAfter))
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  // Serialised here: the schemas of the route's answers do not apply to its refusals.
  return reply
    .code(status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .serializer(String)
    .send(JSON.stringify(answer))
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (isInvalidInput(error)) return new Problem('invalid-body', 'See errors for what is wrong where.')
  // Asked before the framework's own: a reset socket of the database has the code of a caller who hung up.
  if (isDatabaseAway(error))
    return new Problem('overloaded', 'The database was away; repeat the call.', {
      retryAfter: 1,
      cause: error,
    })
  const known = FRAMEWORK_PROBLEMS[codeOf(error)]
  if (known !== undefined) return new Problem(known.code, known.hint)
  return new Problem('internal', 'Tell the operator the requestId; the log has the cause under it.')
}

/** What Fastify itself refuses. Its messages quote the address of the call, so ours stand in their place. */
const FRAMEWORK_PROBLEMS: Readonly<Record<string, { code: ProblemCode; hint: string }>> = {
  FST_ERR_BAD_URL: { code: 'invalid-encoding', hint: 'The address of the call is not correctly escaped.' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'not-found', hint: 'A part of the address is longer than any id.' },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'too-large', hint: 'Send less at once.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'unsupported-media-type',
    hint: 'Send the header content-type: application/json.',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'invalid-encoding',
    hint: 'The body is not as long as content-length says.',
  },
  ECONNRESET: { code: 'request-timeout', hint: 'The connection was closed before the body had arrived.' },
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

function isInvalidInput(error: unknown): boolean {
  return error instanceof Error && 'validation' in error && Array.isArray(error.validation)
}

const MOST_ERRORS = 20

function wrongPlaces(error: unknown): Wrong[] {
  if (!hasZodFastifySchemaValidationErrors(error)) return []
  return error.validation
    .slice(0, MOST_ERRORS)
    .map((issue) => ({ path: namesOnly(issue.instancePath), message: messageOf(issue) }))
}

/** A key of the body can be anything, somebody's address too; only what looks like a field's name or a place is repeated. */
function namesOnly(path: string): string {
  return path
    .split('/')
    .map((step) => (/^(\w{0,40})$/.test(step) ? step : '*'))
    .join('/')
}

/** Zod lists the keys it did not expect; a key can be a value gone astray. */
function messageOf(issue: { readonly keyword: string; readonly message?: string }): string {
  if (issue.keyword === 'unrecognized_keys') return 'has a field that this route does not take'
  if (issue.keyword === 'invalid_key') return 'has a key that is not allowed'
  return issue.message ?? 'is not valid'
}
