import { expect, test } from 'vitest'
import { eventsIn } from './events.store.ts'
import { NEWEST } from './list-cursor.ts'
import { askingWorld } from './testing/asking-world.ts'

const world = await askingWorld()
const ANY = { subjects: null, names: null, type: null, sourceId: null, from: null, until: null }

test('ends a page early rather than hold more than it may, and never without a row', async () => {
  const person = await world.person({ kind: 'userId', value: 'u1' })
  const ids: string[] = []
  for (let count = 0; count < 5; count += 1) {
    ids.unshift(await world.event(person, { content: { text: 'x'.repeat(1000) } }))
  }
  const sizes: number[] = []
  const found: string[] = []
  const events = eventsIn(world.db.pool, 2_000)
  const question = { workspaceId: world.workspaceId(), filter: ANY, size: 100 }
  let page = await events.page({ ...question, after: NEWEST })
  for (;;) {
    sizes.push(page.rows.length)
    found.push(...page.rows.map(({ id }) => `evt_${id}`))
    if (page.next === null) break
    page = await events.page({ ...question, after: page.next })
  }
  expect(sizes).toEqual([2, 2, 1])
  expect(found).toEqual(ids)
})
