import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRequest } from '../requests/open-request.ts'
import { type GateRig, gateRig, item, optOut } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import type { CollectedItem, ItemVerdict } from './collected-item.ts'

/** Fewer runs than a rule of core gets: each of them is some thirty calls to a real database. */
const RUNS = { numRuns: 25 }

const db = await testDatabase({ truncates: false })
let rig: GateRig
beforeAll(async () => {
  rig = await gateRig(db)
})
afterAll(() => rig.close())

let runs = 0
/** Nobody an earlier run has met. */
function freshMark(): string {
  runs += 1
  return `p${runs}`
}

type Name = 'user' | 'phone' | 'laptop' | 'tablet'
const DEVICES = ['phone', 'laptop', 'tablet'] as const
const device = fc.constantFrom(...DEVICES)

const visit = (mark: string, name: Name) =>
  item(name === 'user' ? { userId: `${mark}-user` } : { anonymousId: `${mark}-${name}` })
const link = (mark: string, name: Name) => item({ userId: `${mark}-user`, anonymousId: `${mark}-${name}` })
const kindsOf = (verdicts: readonly ItemVerdict[]) => verdicts.map(({ kind }) => kind)

/** Sends each item over its own connection, all at once. Answers the ids of the events that were stored. */
async function sendAtOnce(items: readonly CollectedItem[]): Promise<string[]> {
  const verdicts = (await Promise.all(items.map((one) => rig.send([one])))).flat()
  return verdicts.flatMap((verdict) => (verdict.kind === 'stored' ? [verdict.eventId] : []))
}

async function ask(type: 'suppress' | 'unsuppress', value: string): Promise<void> {
  const request = { type, subject: { identifiers: [{ kind: 'userId', value }] }, scope: {} }
  await openRequest(rig.requestParts, {
    workspaceId: rig.workspaceId,
    actor: 'token:test',
    idempotencyKey: null,
    request,
  })
}

/** Which identifiers lead to the same person. */
async function closuresOf(mark: string): Promise<string[]> {
  const ring = await rig.rings(rig.workspaceId)
  const names: Name[] = ['user', ...DEVICES]
  const roots = await Promise.all(
    names.map(async (name) => {
      const digest = ring.digest({
        kind: name === 'user' ? 'userId' : 'anonymousId',
        value: `${mark}-${name}`,
      })
      const { rows } = await db.pool.query<{ root: string }>(
        'select subject_root(workspace_id, subject_id) as root from identifier where digest = $1',
        [digest],
      )
      return { name, root: rows[0]?.root ?? name }
    }),
  )
  return [...Map.groupBy(roots, ({ root }) => root).values()].map((group) =>
    group.map(({ name }) => name).join(' '),
  )
}

test('the closure does not depend on the order of the links, nor on how many come at once', async () => {
  const said = fc.array(fc.record({ name: device, isLink: fc.boolean() }), { minLength: 2, maxLength: 10 })
  const orders = said.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
  )
  await fc.assert(
    fc.asyncProperty(orders, async ([inOrder, shuffled]) => {
      const itemsOf = (mark: string, all: typeof inOrder) =>
        all.map(({ name, isLink }) => (isLink ? link(mark, name) : visit(mark, name)))
      const [one, other, atOnce] = [freshMark(), freshMark(), freshMark()]
      await rig.send(itemsOf(one, inOrder))
      await rig.send(itemsOf(other, shuffled))
      await sendAtOnce(itemsOf(atOnce, shuffled))
      expect(await closuresOf(other)).toEqual(await closuresOf(one))
      expect(await closuresOf(atOnce)).toEqual(await closuresOf(one))
    }),
    RUNS,
  )
})

test('however visits, links and an opt-out interleave, the opt-out is the last event and nothing follows it', async () => {
  const said = fc.array(fc.record({ name: device, isLink: fc.boolean() }), { maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(said, fc.nat(12), fc.boolean(), async (all, place, isKnown) => {
      const mark = freshMark()
      if (isKnown) await rig.send([link(mark, 'phone')])
      const items = all.map(({ name, isLink }) => (isLink ? link(mark, name) : visit(mark, name)))
      const no = optOut({ userId: `${mark}-user` })
      const stored = await sendAtOnce(items.toSpliced(place, 0, no))
      const late = [...DEVICES.map((name) => visit(mark, name)), ...DEVICES.map((name) => link(mark, name))]
      stored.push(...(await sendAtOnce(late)))

      const after = await rig.send(['user' as const, ...DEVICES].map((name) => visit(mark, name)))
      expect(new Set(kindsOf(after))).toEqual(new Set(['suppressed']))
      expect(await lastOf(stored)).toBe('Opted Out')
    }),
    RUNS,
  )
})

/** Of those that are still there, by the place in the database's order. */
async function lastOf(eventIds: readonly string[]): Promise<string | undefined> {
  const { rows } = await db.pool.query<{ name: string }>(
    'select name from event where id = any($1::uuid[]) order by seq desc limit 1',
    [eventIds],
  )
  return rows[0]?.name
}

test('replaying everything, at once and in any order, changes nothing more', async () => {
  const act = fc.oneof(
    fc.record({ kind: fc.constantFrom('visit' as const, 'link' as const), name: device }),
    fc.record({ kind: fc.constantFrom('opt-out' as const, 'suppress' as const, 'unsuppress' as const) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 12 }), fc.nat(), async (acts, turn) => {
      const mark = freshMark()
      const sent: CollectedItem[] = []
      for (const one of acts) {
        if (one.kind === 'suppress' || one.kind === 'unsuppress') await ask(one.kind, `${mark}-user`)
        else sent.push(itemOf(mark, one))
        if (sent.length > 0) await rig.send(sent.slice(-1))
      }
      const before = await everything()
      await sendAtOnce([...sent.slice(turn % 5), ...sent.toReversed()])
      expect(await everything()).toEqual(before)
    }),
    RUNS,
  )
})

function itemOf(mark: string, act: { kind: 'visit' | 'link'; name: Name } | { kind: string }): CollectedItem {
  if (!('name' in act)) return optOut({ userId: `${mark}-user` })
  return act.kind === 'link' ? link(mark, act.name) : visit(mark, act.name)
}

/** All that is stored of people and of their "no", in one line a table. */
async function everything(): Promise<unknown> {
  const { rows } = await db.pool.query(`
    select (select md5(string_agg(id || ' ' || subject_id, ',' order by id)) from event) as events,
           (select md5(string_agg(encode(digest, 'hex') || ' ' || subject_id, ',' order by digest)) from identifier) as identifiers,
           (select md5(string_agg(absorbed || ' ' || root, ',' order by absorbed)) from subject_alias) as merges,
           (select md5(string_agg(encode(digest, 'hex') || ' ' || cause || ' ' || coalesce(until_seq, 0), ',' order by digest, cause))
            from suppression) as noes,
           (select count(*) from subject) as subjects, (select count(*) from identifier_mention) as mentions`)
  return rows[0]
}
