import { describe, expect, test } from 'vitest'
import { describeReceipt, type ValidReceipt } from './describe-receipt.ts'
import { isReceipt } from './is-receipt.ts'
import { receiptOfTask, type TaskFacts } from './receipt-of-task.ts'
import { confirmedFacts, NONCE, SUBJECT_ID, taskFacts } from './testing/task-facts.ts'

const words = (facts: TaskFacts, verdict: Partial<ValidReceipt> = {}) => {
  const { headline, proves, remains, provesNot } = describeReceipt({
    kind: 'valid',
    receipt: receiptOfTask(facts),
    keyId: 'key-1',
    keyRetiredAt: null,
    opening: null,
    ...verdict,
  })
  return { headline, all: [...proves, ...remains, ...provesNot].join('\n') }
}

describe('an accepted erase in its window', () => {
  test('claims that nobody can read it and that nothing is destroyed', () => {
    expect(receiptOfTask(taskFacts())).toMatchObject({
      outcome: 'accepted',
      proof: 'answer',
      answeredAt: '2026-11-01T10:00:01.000Z',
      lookedAt: null,
      searched: null,
      rows: { matched: null, removed: 0, kept: null },
      retained: [],
      unreadableSince: '2026-11-01T10:00:01.000Z',
      recoverableUntil: '2026-11-08T10:00:00.000Z',
      keysDestroyedAt: null,
      keyCopiesUntil: null,
      protectedAgainstRestore: true,
    })
    const { headline, all } = words(taskFacts())
    expect(headline).toBe(
      'The erase has begun and nothing has been destroyed yet. Since 2026-11-01 10:00:01 UTC nothing of it can be read through Heed.',
    )
    expect(all).toContain('can be reversed until 2026-11-08 10:00:00 UTC')
    expect(all).not.toMatch(/destroyed on|found nothing/)
  })

  test('names where the keys and the names still lie', () => {
    const addressBookUntil = new Date('2027-02-27T00:00:00Z')
    const kinds = receiptOfTask(taskFacts({ addressBookUntil })).residuals.map(({ kind, until }) => [
      kind,
      until,
    ])
    expect(kinds).toEqual([
      ['escrow', '2026-11-08T10:00:00.000Z'],
      ['backup', null],
      ['replica', null],
      ['address-book', '2027-02-27T00:00:00.000Z'],
    ])
  })

  test('does not promise a reverse when no key is in escrow', () => {
    expect(receiptOfTask(taskFacts({ keysInEscrow: 0 }))).toMatchObject({
      recoverableUntil: null,
      residuals: [],
    })
  })
})

describe('a confirmed erase', () => {
  test('says that it was looked at again, where, and what it counted', () => {
    expect(receiptOfTask(confirmedFacts())).toMatchObject({
      proof: 'looked-again',
      lookedAt: '2026-11-08T10:04:59.000Z',
      searched: { by: 'fragments-and-keys', count: 5, tables: ['event', 'profile'] },
      rows: { matched: 130, removed: 10, kept: 120 },
      recoverableUntil: null,
      keysDestroyedAt: '2026-11-08T10:00:10.000Z',
      keyCopiesUntil: '2026-12-13T10:00:10.000Z',
    })
    const { headline, all } = words(confirmedFacts())
    expect(headline).toMatch(/^The person's data was erased, and a search afterwards found nothing\./)
    expect(all).toContain('Rows: 130 rows matched, 10 removed, 120 kept.')
    expect(all).toContain('Kept on purpose: event (120 rows)')
  })

  test('does not claim a look that nobody took', () => {
    const facts = confirmedFacts({ searchedAt: null })
    expect(receiptOfTask(facts)).toMatchObject({ proof: 'answer', lookedAt: null, searched: null })
    expect(words(facts).headline).not.toContain('search')
  })

  test('says that copies of the keys are in the live cluster until they have been overwritten', () => {
    const kinds = (facts: TaskFacts) => receiptOfTask(facts).residuals.map(({ kind }) => kind)
    expect(kinds(confirmedFacts())).toEqual(['live-cluster', 'backup', 'replica'])
    const before = new Date('2026-11-08T10:00:09Z')
    expect(kinds(confirmedFacts({ keyCopiesCleanedAt: before }))).toContain('live-cluster')
    const after = new Date('2026-11-08T10:30:00Z')
    expect(kinds(confirmedFacts({ keyCopiesCleanedAt: after }))).toEqual(['backup', 'replica'])
  })

  test('says unknown when nobody knows how long backups are kept', () => {
    const facts = confirmedFacts({ backupRetentionDays: 0 })
    expect(receiptOfTask(facts)).toMatchObject({ keyCopiesUntil: 'unknown' })
    expect(words(facts).all).toContain('for a time that the operator has not stated')
  })

  test('says when a restored backup could bring the data back', () => {
    expect(words(confirmedFacts({ isProtectedAgainstRestore: false })).all).toContain('keeps no journal')
    expect(words(confirmedFacts()).all).not.toContain('keeps no journal')
  })
})

test('still-found says how many, and does not say erased', () => {
  const facts = confirmedFacts({ outcome: 'still-found', survivors: 3 })
  expect(receiptOfTask(facts)).toMatchObject({ stillFound: 3, proof: 'looked-again' })
  expect(words(facts).headline).toMatch(/^The erase is not complete: .* still found 3 rows\./)
})

test('not-found says what was searched for, and that nothing was erased', () => {
  const settledAt = new Date('2026-11-01T10:00:01Z')
  const facts = taskFacts({ outcome: 'not-found', subjectCommitment: null, keysInEscrow: 0, settledAt })
  expect(receiptOfTask(facts)).toMatchObject({
    searched: { by: 'identifiers', count: 2, tables: ['identifier'] },
    lookedAt: '2026-11-01T10:00:01.000Z',
    rows: { matched: 0, removed: 0, kept: 0 },
    unreadableSince: null,
    recoverableUntil: null,
    keyCopiesUntil: null,
  })
  const { headline, all } = words(facts)
  expect(headline).toBe('Nobody was found under the identifiers that were named, so nothing was erased.')
  expect(all).toContain('searched for the 2 identifiers that were named in identifier')
  expect(all).toContain('it commits to nobody')
})

test('cancelled claims nothing of an erase, and names the receipt that no longer holds', () => {
  const settledAt = new Date('2026-11-02T00:00:00Z')
  const facts = taskFacts({
    outcome: 'cancelled',
    settledAt,
    keysInEscrow: 0,
    supersedes: taskFacts().receiptId,
  })
  expect(receiptOfTask(facts)).toMatchObject({
    unreadableSince: null,
    recoverableUntil: null,
    keysDestroyedAt: null,
    rows: { removed: 0 },
    supersedes: taskFacts().receiptId,
  })
  expect(words(facts).headline).toContain('what an earlier receipt said no longer holds')
  expect(words({ ...facts, supersedes: null }).headline).toContain(
    'cancelled before anything was erased or changed',
  )
})

test.each(['access', 'correct', 'restrict'] as const)('%s says nothing about erasing', (type) => {
  for (const outcome of ['accepted', 'confirmed', 'cancelled', 'not-found'] as const) {
    const facts = confirmedFacts({ type, outcome, searchedAt: null, retained: [] })
    expect(receiptOfTask(facts)).toMatchObject({
      unreadableSince: null,
      keysDestroyedAt: null,
      keyCopiesUntil: null,
    })
    expect(words(facts).all).not.toMatch(/destroyed|escrow/)
  }
})

test("says whom it is about in the person's copy only", () => {
  const opening = { subjectId: SUBJECT_ID, nonce: NONCE }
  expect(words(taskFacts(), { opening }).all).toContain(`It is about ${SUBJECT_ID}`)
  expect(words(taskFacts()).all).toContain("only in the person's copy")
})

test('does not vouch for the date of a key that was retired before it', () => {
  const { all } = words(taskFacts(), { keyRetiredAt: '2026-11-01T00:00:00.000Z' })
  expect(all).toContain('its key was retired on 2026-11-01 00:00:00 UTC, before the date it gives')
  expect(words(taskFacts(), { keyRetiredAt: '2026-12-01T00:00:00.000Z' }).all).not.toContain('retired')
})

test('every receipt has the shape that verifiers take', () => {
  const outcomes = ['accepted', 'confirmed', 'not-found', 'still-found', 'cancelled'] as const
  for (const outcome of outcomes) {
    expect(isReceipt(receiptOfTask(taskFacts({ outcome })))).toBe(true)
    expect(isReceipt(receiptOfTask(confirmedFacts({ outcome, backupRetentionDays: 0 })))).toBe(true)
  }
})
