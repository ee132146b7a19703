import { expect, test } from 'vitest'
import { askingWorld, NOW } from '../../asking/testing/asking-world.ts'
import { rollUpDrops } from '../../jobs/roll-up-drops.ts'

const world = await askingWorld()
const { get, post } = world

const USER = { kind: 'userId', value: 'u1' }
const DEVICE = { kind: 'anonymousId', value: 'a1' }

test('says of somebody nobody has heard of that they are not suppressed, and how fresh that is', async () => {
  expect((await post('/explain', { identifier: USER })).json()).toEqual({
    suppressed: false,
    since: null,
    causes: [],
    subjects: [],
    dropped: { total: 0, since: null },
    node: { freshness: { readFrom: 'primary', readAt: NOW.toISOString() } },
  })
})

test('says since when, by which causes and to whom, and keeps the lifted ones', async () => {
  const person = await world.person(USER)
  const sourceId = await world.sourceId()
  await world.suppress([USER], {
    from: new Date('2026-11-01T00:00:00Z'),
    until: new Date('2026-11-05T00:00:00Z'),
  })
  const open = await world.suppress([USER, DEVICE], {
    scope: sourceId,
    from: new Date('2026-11-10T00:00:00Z'),
  })
  const answer = (await post('/explain', { identifier: USER })).json()
  expect(answer).toMatchObject({
    suppressed: true,
    since: '2026-11-10T00:00:00.000Z',
    subjects: [person.id],
    dropped: { total: 0, since: '2026-11-01T00:00:00.000Z' },
  })
  expect(answer.causes).toMatchObject([
    { until: '2026-11-05T00:00:00.000Z', scope: 'workspace', liftedBy: 'system' },
    {
      cause: open,
      kind: 'opt-out-event',
      scope: `src_${sourceId}`,
      until: null,
      actor: 'system',
      liftedBy: null,
    },
  ])
})

test('counts what was dropped under any identifier of the same "no", rolled up or not, each once', async () => {
  const sourceId = await world.sourceId()
  await world.suppress([USER, DEVICE])
  const drop = async (who: typeof USER) => ({
    reason: 'suppressed',
    digest: await world.digest(who),
    sourceId,
  })
  await world.dropBatch([
    await drop(USER),
    await drop(DEVICE),
    await drop({ kind: 'userId', value: 'other' }),
  ])
  const total = async (identifier: typeof USER) =>
    (await post('/explain', { identifier })).json().dropped.total
  expect(await total(USER)).toBe(2)
  await rollUpDrops(world.db.pool)
  expect(await total(USER)).toBe(2)
  await world.dropBatch([await drop(DEVICE)])
  expect([await total(USER), await total(DEVICE)]).toEqual([3, 3])
})

test('lists every "no" newest first without naming anybody', async () => {
  const ids: string[] = []
  for (let count = 0; count < 5; count += 1) {
    ids.unshift(await world.suppress([{ kind: 'userId', value: `u${count}` }, DEVICE]))
  }
  const listed: unknown[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page: { data: { cause: string; digests: string[] }[]; nextCursor: string | null } = (
      await get(`/suppressions?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)
    ).json()
    listed.push(...page.data.map(({ cause }) => cause))
    cursor = page.nextCursor
  }
  expect(listed).toEqual(ids)
  const answer = await get('/suppressions')
  expect(answer.json().data[0]).toMatchObject({ cause: ids[0], digestCount: 2, until: null })
  for (const { digests } of answer.json().data) {
    for (const digest of digests) expect(digest).toMatch(/^[0-9a-f]{8}$/)
  }
  expect(answer.body).not.toContain((await world.digest(DEVICE)).toString('hex'))
})
