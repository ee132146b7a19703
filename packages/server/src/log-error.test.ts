import { expect, test } from 'vitest'
import { describeError } from './log-error.ts'
import { testDatabase } from './testing/test-database.ts'

const db = await testDatabase()
const PERSON = 'ada@example.com'

const thrownBy = async (work: () => unknown): Promise<unknown> => {
  try {
    await work()
  } catch (error) {
    return error
  }
  return undefined
}

test.each([
  ['JSON.parse', () => JSON.parse(`{"email": ${PERSON}}`)],
  ['a property that was missing', () => (JSON.parse('{}')[PERSON] as { x: number }).x],
  ['a value that PostgreSQL refuses', () => db.pool.query('select $1::int', [PERSON])],
  ['a constant that is no uuid', () => db.pool.query(`select '${PERSON}'::uuid`)],
  [
    'a message of several lines',
    () => {
      throw new Error(`${PERSON}\n    at ${PERSON} (x.ts:1:1)`)
    },
  ],
  [
    'a cause',
    () => {
      throw new Error('x', { cause: new SyntaxError(PERSON) })
    },
  ],
  [
    'something that is no error',
    () => {
      throw PERSON
    },
  ],
])('shows nothing of what %s choked on', async (_what, work) => {
  const described = describeError(await thrownBy(work))
  expect(JSON.stringify(described)).not.toContain('ada')
})

test('says where an error was thrown, and what the database says about itself', async () => {
  const described = describeError(await thrownBy(() => db.pool.query('select * from nowhere')))
  expect(described).toMatchObject({ code: '42P01', message: 'relation "nowhere" does not exist' })
  expect(describeError(new TypeError('x')).frames[0]).toMatch(/log-error\.test\.ts:\d+:\d+/)
})
