import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type CollectionApp,
  collectionApp,
  KEY,
  READER_TOKEN,
  SERVER_KEY,
} from '../testing/collection-app.ts'

let door: CollectionApp

beforeEach(async () => {
  door = await collectionApp()
})
afterEach(() => door.app.close())

const FORM = 'application/x-www-form-urlencoded'
const post = (payload: string, headers: Record<string, string> = {}, path = `/v3/${KEY}/track`) =>
  door.app.inject({ method: 'POST', url: path, headers: { 'content-type': FORM, ...headers }, payload })

/** As the documentation of the opt-out prints it, byte for byte. */
const PRINTED = `{events:
     [
      {"event_name":"cooladata_opt_out",
        "user_id":"<user_id>
     }
    ]
}`
const PRINTED_EVENT = '{”event_name”:”cooladata_opt_out”,”user_id”:”<user_id>”}'

const call = {
  events: [
    {
      event_name: 'level up',
      user_id: 'ü+1',
      event_timestamp_epoch: '1772366399000',
      session_id: 's9',
      coins: 5,
    },
  ],
}
const json = JSON.stringify(call)

describe.each([
  ['keyless percent-encoded', encodeURIComponent(json), FORM],
  ['keyless with + for blanks', encodeURIComponent(json).replaceAll('%20', '+'), FORM],
  ['data= percent-encoded', `data=${encodeURIComponent(json)}`, FORM],
  ['data= among others', `v=3&data=${encodeURIComponent(json)}&x=1`, FORM],
  ['data= base64', `data=${encodeURIComponent(Buffer.from(json).toString('base64'))}`, FORM],
  ['raw JSON under the form type', json, FORM],
  ['application/json', json, 'application/json'],
  ['a lone event', JSON.stringify(call.events[0]), 'application/json'],
  ['a bare list', JSON.stringify(call.events), 'text/plain'],
])('a body as %s', (_name, payload, type) => {
  test('arrives', async () => {
    const answer = await post(payload, { 'content-type': type })
    expect([answer.statusCode, answer.body]).toEqual([200, '{}'])
    expect(door.collected.items()).toMatchObject([
      {
        type: 'track',
        name: 'level up',
        identifiers: [{ role: 'userId', kind: 'userId', value: 'ü+1' }],
        eventAt: new Date(1772366399000),
        isOptOut: false,
        messageId: null,
        fingerprint: expect.stringMatching(/^[\w-]{43}$/),
      },
    ])
    expect(JSON.parse(door.collected.items()[0]!.content)).toEqual({
      userId: 'ü+1',
      timestamp: '1772366399000',
      context: { sessionId: 's9' },
      properties: { coins: 5 },
    })
  })
})

test.each([
  ['the payload as printed', PRINTED],
  ['the payload as printed, percent-encoded', encodeURIComponent(PRINTED)],
  ['the payload as printed, in data=', `data=${encodeURIComponent(PRINTED)}`],
  ['the event as printed, with its curly quotes', PRINTED_EVENT],
  ['the printed event in the printed call', `{events:[${PRINTED_EVENT}]}`],
])('opts out by %s', async (_name, payload) => {
  expect((await post(payload)).statusCode).toBe(200)
  expect(door.collected.items()).toMatchObject([
    {
      name: 'cooladata_opt_out',
      isOptOut: true,
      identifiers: [{ role: 'userId', kind: 'userId', value: '<user_id>' }],
      eventAt: new Date('2026-03-01T12:00:00Z'),
      clientAt: null,
      fingerprint: null,
    },
  ])
})

test.each(['user_alternative_id', 'alternative_user_id'])(
  '%s is a second user id of one person',
  async (name) => {
    await post(JSON.stringify({ events: [{ event_name: 'e', user_id: 1, [name]: 'alt' }] }))
    expect(door.collected.items()).toMatchObject([
      {
        linksUserIds: true,
        identifiers: [
          { role: 'userId', kind: 'userId', value: '1' },
          { role: 'alternativeId', kind: 'userId', value: 'alt' },
        ],
      },
    ])
  },
)

test('the same id twice links nobody', async () => {
  await post(JSON.stringify({ events: [{ event_name: 'e', user_id: 'a', user_alternative_id: 'a' }] }))
  expect(door.collected.items()).toMatchObject([{ linksUserIds: false, identifiers: [{ role: 'userId' }] }])
})

test('takes events in the address, as anybody who can see the page', async () => {
  const data = Buffer.from(json).toString('base64')
  for (const path of [`/v3/${SERVER_KEY}/track`, `/v1/${SERVER_KEY}/track`]) {
    expect((await door.app.inject(`${path}?data=${encodeURIComponent(data)}`)).statusCode).toBe(200)
  }
  expect(door.collected.sources().map(({ trust }) => trust)).toEqual(['client', 'client'])
})

test('takes events through the image path, and answers the image whatever happens', async () => {
  const data = encodeURIComponent(Buffer.from(json).toString('base64'))
  const image = await door.app.inject(`/egw/5/${KEY}/track/__cool.gif?data=${data}`)
  const nobody = await door.app.inject(`/egw/5/nobody/track/__cool.gif?data=${data}`)
  const broken = await door.app.inject(`/egw/5/${KEY}/track/__cool.gif?data=%7B`)
  expect(
    [image, nobody, broken].map(({ statusCode, headers }) => [statusCode, headers['content-type']]),
  ).toEqual([
    [200, 'image/gif'],
    [200, 'image/gif'],
    [200, 'image/gif'],
  ])
  expect(door.collected.items()).toHaveLength(1)
})

test('takes the path of version 1 beside the pixels of Segment', async () => {
  await post(json, {}, `/v1/${KEY}/track`)
  expect(door.collected.items()).toHaveLength(1)
})

test('a bad event never fails its call', async () => {
  const events = [
    { event_name: 'e', user_id: 'u' },
    { user_id: 'u' },
    { event_name: 'e' },
    'x',
    { event_name: 'e', user_id: '' },
  ]
  const answer = await post(JSON.stringify({ events }), { 'heed-token': READER_TOKEN })
  expect(answer.json().verdicts).toMatchObject([
    { kind: 'stored' },
    { kind: 'rejected', code: 'no-event-name' },
    { kind: 'rejected', code: 'no-identifier' },
    { kind: 'rejected', code: 'not-an-object' },
    { kind: 'rejected', code: 'no-identifier' },
  ])
})

test.each([
  [
    'more than 300 events',
    JSON.stringify({ events: Array(301).fill({ event_name: 'e', user_id: 'u' }) }),
    'too-large',
  ],
  ['a larger body', JSON.stringify({ events: [], pad: 'x'.repeat(600_000) }), 'too-large'],
  ['events that are no list', '{"events":{}}', 'invalid-body'],
  ['no events', '{}', 'invalid-body'],
  ['something else', 'hello, world', 'invalid-json'],
  ['broken percent-encoding', '%7B%2', 'invalid-encoding'],
  ['nothing', '', 'invalid-json'],
])('refuses %s', async (_name, payload, code) => {
  const answer = await post(payload)
  expect([answer.statusCode, answer.json().code]).toEqual([400, code])
  expect(door.collected.items()).toEqual([])
})

test('an unknown app key is refused before its body is read', async () => {
  expect((await post('{', {}, '/v3/nobody/track')).json().code).toBe('unknown-write-key')
})
