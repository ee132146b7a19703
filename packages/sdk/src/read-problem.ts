import { HeedError, type WrongPlace } from './heed-error.ts'

/** What a refusal says. A proxy in between may have answered in its own words: then only its status is told. */
export async function readProblem(answer: Response): Promise<HeedError> {
  const body = await readObject(answer)
  const { status } = answer
  const retryAfter = secondsOf(answer.headers.get('retry-after'))
  if (typeof body.code !== 'string' || typeof body.detail !== 'string') {
    const detail = `The answer has status ${status} and is none of Heed's; is this its address?`
    return new HeedError({ code: 'unreadable', status, detail, retryAfter })
  }
  return new HeedError({
    code: body.code,
    status,
    detail: body.detail,
    requestId: typeof body.requestId === 'string' ? body.requestId : answer.headers.get('x-request-id'),
    retryAfter,
    errors: Array.isArray(body.errors) ? body.errors.filter(isWrongPlace) : [],
  })
}

async function readObject(answer: Response): Promise<Readonly<Record<string, unknown>>> {
  const parsed: unknown = await answer.json().catch(() => null)
  return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {}
}

function isWrongPlace(value: unknown): value is WrongPlace {
  if (typeof value !== 'object' || value === null || !('path' in value) || !('message' in value)) return false
  return typeof value.path === 'string' && typeof value.message === 'string'
}

function secondsOf(header: string | null): number | null {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) : null
}
