/** An event as `GET /api/v1/events` tells it. */
export type StoredEvent = {
  readonly id: string
  readonly subjectId: string
  readonly type: string
  readonly name: string | null
  readonly sourceId: string
  readonly eventAt: string
  readonly receivedAt: string
  readonly content: Readonly<Record<string, unknown>> | null
}

/** The control API as one token reaches it. */
export type ControlDoor = {
  /** Any call; the answer as it came. */
  readonly call: (path: string, init?: RequestInit) => Promise<Response>
  /** GET, or POST where there is a body. Throws on an answer that is not 2xx. */
  readonly control: (path: string, body?: object) => Promise<unknown>
  /** Everything that is stored, in the order in which it arrived. */
  readonly events: (filter?: Readonly<Record<string, string>>) => Promise<readonly StoredEvent[]>
}

export function controlDoor(url: string, token: string): ControlDoor {
  const call = (path: string, init: RequestInit = {}) =>
    fetch(url + path, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } })
  const control = async (path: string, body?: object): Promise<unknown> => {
    const answer = await call(path, body === undefined ? {} : postOf(body))
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`)
    return text === '' ? null : JSON.parse(text)
  }
  return { call, control, events: (filter = {}) => everyEvent(control, filter) }
}

function postOf(body: object): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

type EventPage = { readonly data: readonly StoredEvent[]; readonly nextCursor: string | null }

async function everyEvent(
  control: ControlDoor['control'],
  filter: Readonly<Record<string, string>>,
): Promise<readonly StoredEvent[]> {
  const newestFirst: StoredEvent[] = []
  let cursor: string | null = null
  do {
    const page: string = new URLSearchParams({
      ...filter,
      limit: '1000',
      ...(cursor && { cursor }),
    }).toString()
    const { data, nextCursor } = (await control(`/api/v1/events?${page}`)) as EventPage
    newestFirst.push(...data)
    cursor = nextCursor
  } while (cursor !== null)
  return newestFirst.reverse()
}
