/** A flat event as Cooladata's documentation has it. */
export type CooladataEvent = {
  readonly event_name: string
  readonly user_id: string
  readonly [property: string]: string | number
}

export type CooladataCall = {
  readonly method: 'GET' | 'POST'
  readonly path: (appKey: string) => string
  readonly contentType?: string
  readonly body?: string
}

const FORM = 'application/x-www-form-urlencoded'

/** Every way in which Cooladata's clients are known to send the same events. */
export const COOLADATA_CALLS: Readonly<Record<string, (events: readonly CooladataEvent[]) => CooladataCall>> =
  {
    'raw JSON under the form type': (events) => post(FORM, jsonOf(events)),
    'JSON that says so': (events) => post('application/json', jsonOf(events)),
    'percent-encoded JSON without a key': (events) => post(FORM, encodeURIComponent(jsonOf(events))),
    'data= with percent-encoded JSON': (events) => post(FORM, `data=${encodeURIComponent(jsonOf(events))}`),
    'data= with base64': (events) => post(FORM, `data=${encodeURIComponent(base64Of(events))}`),
    'data= in the address': (events) => ({
      method: 'GET',
      path: (appKey) => `/v1/${appKey}/track?data=${encodeURIComponent(base64Of(events))}`,
    }),
    'an image': (events) => ({
      method: 'GET',
      path: (appKey) => `/egw/5/${appKey}/track/__cool.gif?data=${encodeURIComponent(base64Of(events))}`,
    }),
  }

export function postAsPrinted(payload: string): CooladataCall {
  return post(FORM, payload)
}

/** What a client is answered: status, type and length are all it looks at. */
export async function sendCooladata(
  to: { readonly url: string; readonly writeKey: string },
  { method, path, contentType, body }: CooladataCall,
): Promise<string> {
  const answer = await fetch(to.url + path(to.writeKey), {
    method,
    ...(contentType === undefined ? {} : { headers: { 'content-type': contentType } }),
    ...(body === undefined ? {} : { body }),
  })
  return `${answer.status} ${answer.headers.get('content-type')} ${(await answer.arrayBuffer()).byteLength}`
}

function post(contentType: string, body: string): CooladataCall {
  return { method: 'POST', path: (appKey) => `/v3/${appKey}/track`, contentType, body }
}

const jsonOf = (events: readonly CooladataEvent[]) => JSON.stringify({ events })
const base64Of = (events: readonly CooladataEvent[]) => Buffer.from(jsonOf(events)).toString('base64')
