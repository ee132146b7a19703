import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ADA,
  anyItem,
  anyTrust,
  BOB,
  CLIENT,
  COOLADATA,
  known,
  refused,
  SERVER,
  VISITOR,
} from '../identity/testing/known-people.ts'
import { judgeItem } from './judge-item.ts'

const judge = (item: Parameters<typeof judgeItem>[0], source = CLIENT) => judgeItem(item, source, false)
const suppressed = { kind: 'drop', reason: 'suppressed' }
const nobodyElse = { from: [], to: [] }

describe('a suppressed user id', () => {
  test('drops the event', () => {
    expect(judge([refused('userId', ADA)])).toMatchObject(suppressed)
    expect(judge([refused('userId')])).toMatchObject(suppressed)
  })

  test('takes along an anonymous id, e-mail or phone that no other user id owns', () => {
    const item = [refused('userId', ADA), known('anonymousId'), known('email', VISITOR), known('phone', ADA)]
    expect(judge(item)).toEqual({ ...suppressed, from: [0], to: [1, 2, 3] })
  })

  test('takes along nothing that another user id owns', () => {
    const item = [refused('userId', ADA), known('anonymousId', BOB), known('email', BOB)]
    expect(judge(item)).toMatchObject({ ...suppressed, to: [] })
  })
})

describe('a suppressed anonymous id with a clean user id', () => {
  const item = [known('userId', BOB), refused('anonymousId', ADA), known('email')]

  test('drops it as device-suppressed, links nothing and suppresses nobody', () => {
    expect(judge(item)).toEqual({ kind: 'drop', reason: 'device-suppressed', ...nobodyElse })
    expect(judge(item, SERVER)).toEqual({ kind: 'drop', reason: 'device-suppressed', ...nobodyElse })
  })

  test('never drops an opt-out event', () => {
    expect(judgeItem(item, CLIENT, true)).toBeNull()
  })

  test('drops the opt-out event of a source that may not suppress, which then is an event like any other', () => {
    const mute = { ...CLIENT, maySuppress: false }
    expect(judgeItem(item, mute, true)).toMatchObject({ reason: 'device-suppressed' })
  })
})

describe('a suppressed e-mail or phone with a clean user id', () => {
  test.each(['email', 'phone'] as const)('drops it and links nothing (%s)', (role) => {
    expect(judge([known('userId', BOB), refused(role, ADA), known('anonymousId')])).toEqual({
      ...suppressed,
      ...nobodyElse,
    })
  })

  test('spreads to that user id when no other user id owns or mentions the address', () => {
    const item = [known('userId', BOB), refused('email')]
    expect(judge(item)).toEqual({ ...suppressed, from: [1], to: [0] })
    expect(judge([known('userId', BOB), refused('email', BOB)])).toEqual({
      ...suppressed,
      from: [1],
      to: [0],
    })
  })

  test('does not when another one owns it, or mentions it, or the source may not suppress', () => {
    const owned = [known('userId', BOB), refused('email', ADA)]
    const mentioned = [known('userId', BOB), refused('email', null, { mentionedBy: [ADA] })]
    const free = [known('userId', BOB), refused('email')]
    expect(judge(owned)).toMatchObject(nobodyElse)
    expect(judge(mentioned)).toMatchObject(nobodyElse)
    expect(judge(free, { ...CLIENT, maySuppress: false })).toMatchObject(nobodyElse)
  })
})

describe('user ids that an item names beside a suppressed one', () => {
  const item = [known('userId', BOB), refused('aliasedUserId', ADA)]

  test('are reached through a server source', () => {
    expect(judge(item, SERVER)).toEqual({ ...suppressed, from: [1], to: [0] })
  })

  test('are not reached through a client key', () => {
    expect(judge(item, CLIENT)).toMatchObject({ ...suppressed, to: [] })
  })

  test('are reached through Cooladata, whose alternative ids are one person even from a client key', () => {
    const alternatives = [known('userId', BOB), refused('alternativeId', ADA)]
    expect(judge(alternatives, COOLADATA)).toEqual({ ...suppressed, from: [1], to: [0] })
    expect(judge(alternatives, CLIENT)).toMatchObject({ ...suppressed, to: [] })
  })
})

describe('without a user id', () => {
  test('the "no" reaches every identifier of the visitor', () => {
    const item = [refused('anonymousId', VISITOR), known('email')]
    expect(judge(item)).toEqual({ ...suppressed, from: [0], to: [1] })
  })

  test('but not the address of somebody who has a user id', () => {
    expect(judge([refused('anonymousId', VISITOR), known('email', BOB)])).toMatchObject({ to: [] })
  })
})

describe('an opt-out event', () => {
  test('is dropped when its person has said no to everything before', () => {
    expect(judgeItem([refused('userId', ADA)], CLIENT, true)).toMatchObject(suppressed)
  })

  test('is not when what stands against its person is less than that', () => {
    expect(judgeItem([refused('userId', ADA, { hasSaidNo: false })], CLIENT, true)).toBeNull()
  })
})

describe('whatever the item, the source and what is known', () => {
  test('silence is a no: an event is kept only when nothing stands against any of its identifiers', () => {
    fc.assert(
      fc.property(anyItem, anyTrust, (item, source) => {
        expect(judgeItem(item, source, false) === null).toBe(item.every(({ isSuppressed }) => !isSuppressed))
      }),
    )
  })

  test('more suppression never keeps more', () => {
    fc.assert(
      fc.property(anyItem, anyTrust, fc.nat(4), (item, source, at) => {
        const more = item.map((one, place) => (place === at ? { ...one, isSuppressed: true } : one))
        if (judgeItem(item, source, false) !== null) expect(judgeItem(more, source, false)).not.toBeNull()
      }),
    )
  })

  test('a "no" comes only from what is suppressed, and from and to are places of the item', () => {
    fc.assert(
      fc.property(anyItem, anyTrust, fc.boolean(), (item, source, isOptOut) => {
        const drop = judgeItem(item, source, isOptOut)
        for (const at of drop?.from ?? []) expect(item[at]?.isSuppressed).toBe(true)
        for (const at of drop?.to ?? []) expect(item[at]).toBeDefined()
        if (drop?.to.length) expect(drop.from).not.toHaveLength(0)
      }),
    )
  })

  test('a client key never carries a "no" from one user id to another', () => {
    fc.assert(
      fc.property(anyItem, (item) => {
        const drop = judgeItem(item, CLIENT, false)
        const isUser = (at: number) =>
          ['userId', 'alternativeId', 'aliasedUserId'].includes(item[at]?.role ?? '')
        if (drop?.from.some(isUser)) expect(drop.to.filter(isUser)).toEqual([])
      }),
    )
  })

  test('a device suppresses nobody who has a user id', () => {
    fc.assert(
      fc.property(anyItem, anyTrust, (item, source) => {
        const isDevice = ({ role }: { role: string }) => role === 'anonymousId' || role === 'deviceId'
        fc.pre(item.every((one) => !one.isSuppressed || isDevice(one)))
        const drop = judgeItem(item, source, false)
        for (const at of drop?.to ?? []) expect(item[at]?.owner?.hasUserId ?? false).toBe(false)
      }),
    )
  })
})
