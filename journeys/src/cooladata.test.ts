import { describe, expect, test } from 'vitest'
import { journeyHeed } from './boot/journey-heed.ts'
import { COOLADATA_CALLS, type CooladataEvent, postAsPrinted, sendCooladata } from './clients/cooladata.ts'
import { collectedOf, newPerson } from './person.ts'
import { ask, isSuppressed } from './standing.ts'

const heed = await journeyHeed()

/** As Cooladata's documentation prints it: keys without quotes, a closing quote missing, no time. */
const PRINTED_PAYLOAD = `{events:
     [
      {"event_name":"cooladata_opt_out",
        "user_id":"<user_id>
     }
    ]
}`
const PRINTED_EVENT = '{“event_name”:”cooladata_opt_out”,”user_id”:”<user_id>”}'

const PRINTED_QUERY = `select customer_user_id, event_time_ts as time_of_request
from cooladata 
where date_range (last 7 days) and event_name in ("cooladata_opt_out")`

const optOut = (user_id: string): CooladataEvent => ({ event_name: 'cooladata_opt_out', user_id })
const event = (event_name: string, user_id: string): CooladataEvent => ({
  event_name,
  user_id,
  event_timestamp_epoch: String(Date.now()),
})
const send = (events: readonly CooladataEvent[]) => sendCooladata(heed, asJson(events))
const asJson = COOLADATA_CALLS['JSON that says so']!

describe.each(Object.entries(COOLADATA_CALLS))('sent as %s', (_name, callOf) => {
  test('a person is collected until they opt out, and not after it', async () => {
    const ada = newPerson()
    const before = await sendCooladata(
      heed,
      callOf([event('login', ada.userId), event('level up', ada.userId)]),
    )
    await sendCooladata(heed, callOf([optOut(ada.userId), event('came back', ada.userId)]))
    const after = await sendCooladata(
      heed,
      callOf([event('came back', ada.userId), event('level up', ada.userId)]),
    )
    expect(await collectedOf(heed, ada)).toEqual(['login', 'level up', 'cooladata_opt_out'])
    expect(after).toBe(before)
  })
})

describe.each([
  ['the payload as the documentation prints it', PRINTED_PAYLOAD],
  ['the event as the documentation prints it, with its curly quotes', PRINTED_EVENT],
  ['the printed event in a call', `{events:[${PRINTED_EVENT}]}`],
])('%s', (_name, printed) => {
  test('opts a person out, byte for byte', async () => {
    const ben = newPerson()
    await send([event('login', ben.userId)])
    await sendCooladata(heed, postAsPrinted(printed.replace('<user_id>', ben.userId)))
    await send([event('came back', ben.userId)])
    expect(await collectedOf(heed, ben)).toEqual(['login', 'cooladata_opt_out'])
  })
})

test('the payload with its placeholder opts out whoever is called like it', async () => {
  await sendCooladata(heed, postAsPrinted(PRINTED_PAYLOAD))
  expect(await isSuppressed(heed, { kind: 'userId', value: '<user_id>' })).toBe(true)
})

test('an opt-out covers every alternative identity, in both spellings, known before or linked late', async () => {
  const cleo = newPerson()
  const [shop, forum, app, late] = [cleo.userId, cleo.other('forum'), cleo.other('app'), cleo.other('late')]
  await send([{ ...event('login', shop), user_alternative_id: forum }])
  await send([{ ...event('login', forum), alternative_user_id: app }])
  await send([event('level up', app), optOut(forum)])
  const everyId = [shop, forum, app]
  for (const id of everyId) await send([event('came back', id)])
  await send([event('looked around', late)])
  await send([{ ...event('came back', shop), user_alternative_id: late }])
  await send([event('came back', late)])
  expect(await collectedOf(heed, cleo)).toEqual(['login', 'login', 'level up', 'cooladata_opt_out'])
  for (const value of [...everyId, late])
    expect(await isSuppressed(heed, { kind: 'userId', value })).toBe(true)
})

test('after an unsuppress new events arrive, and those refused before stay out', async () => {
  const dora = newPerson()
  const alternative = dora.other('forum')
  await send([{ ...event('login', dora.userId), user_alternative_id: alternative }, optOut(dora.userId)])
  const refused = asJson([event('came back', alternative), event('level up', dora.userId)])
  await sendCooladata(heed, refused)
  await ask(heed, 'unsuppress', { kind: 'userId', value: alternative })
  await sendCooladata(heed, refused)
  await send([event('welcome back', alternative), event('level up', dora.userId)])
  expect(await collectedOf(heed, dora)).toEqual(['login', 'cooladata_opt_out', 'welcome back', 'level up'])
})

test('the query the documentation prints finds who opted out, and nobody else', async () => {
  const [eve, fay] = [newPerson(), newPerson()]
  await send([event('login', eve.userId), event('login', fay.userId), optOut(eve.userId)])
  const answer = (await heed.control('/api/v1/query', { query: PRINTED_QUERY })) as QueryAnswer
  expect(answer.columns).toEqual(['customer_user_id', 'time_of_request'])
  const ids = answer.data.map((row) => row.customer_user_id)
  expect(ids).toContain(eve.userId)
  expect(ids).not.toContain(fay.userId)
  const found = answer.data.find((row) => row.customer_user_id === eve.userId)
  expect(Math.abs(Date.now() - Date.parse(found?.time_of_request ?? ''))).toBeLessThan(60_000)
})

type QueryAnswer = {
  readonly columns: readonly string[]
  readonly data: readonly Readonly<Record<string, string | null>>[]
}
