import type { Request, RequestWithTasks } from '@heed/sdk'
import { columns, plural, shortTime } from '../output/columns.ts'

/** One request and what has become of it, for people. */
export function printRequest(request: RequestWithTasks): string {
  const { id, type, status, identifierCount, scope, tasks, dueAt } = request
  const facts = [
    ['request', id],
    [type, saidStatus(request)],
    ['named', plural(identifierCount, 'identifier')],
    ...(isAboutScope(request) ? [['scope', scope.sources?.join(', ') ?? 'every source']] : []),
    ...(status === 'settled' || status === 'cancelled' ? [] : [['due', `${shortTime(dueAt)} UTC`]]),
  ]
  const below = [tasks.length === 0 ? '' : columns(tasks.map(taskRow)), NEXT[status]?.(request) ?? '']
  return [columns(facts), ...below.filter((part) => part !== '')].join('\n\n')
}

function isAboutScope({ type }: Request): boolean {
  return type === 'suppress' || type === 'unsuppress'
}

function saidStatus({ type, status, settledAt }: Request): string {
  if (status !== 'settled') return status
  const isStanding = type === 'suppress' || type === 'unsuppress'
  return `${isStanding ? 'in effect' : 'settled'} since ${shortTime(settledAt)} UTC`
}

function taskRow(task: RequestWithTasks['tasks'][number]): string[] {
  const { destination, subjectId, state, outcome, recoverableUntil } = task
  const until = state === 'window' ? `reversible until ${shortTime(recoverableUntil)} UTC` : ''
  return [destination, subjectId ?? 'nobody known', outcome ?? state, until]
}

/** What a person can do about it. */
const NEXT: Partial<Record<Request['status'], (request: RequestWithTasks) => string>> = {
  'awaiting-approval': ({ id }) =>
    `Several people, or one by hearsay. Nothing is erased yet: heed approve ${id}, or heed cancel ${id}.`,
  held: ({ id }) =>
    `A hold stands against it. Nothing is erased yet; heed cancel ${id} takes the request back.`,
  waiting: ({ id }) => `Nobody can read it now. heed reverse ${id} brings it back, until then.`,
}

/** Requests under one another. */
export function printRequests(requests: readonly Request[]): string {
  if (requests.length === 0) return 'There is no request.'
  return columns(
    requests.map(({ id, type, status, createdAt, dueAt }) => [
      id,
      type,
      status,
      shortTime(createdAt),
      `due ${dueAt.slice(0, 10)}`,
    ]),
  )
}
