import { Problem } from '@heed/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseQuery } from './parse-query.ts'

const NOW = new Date('2026-11-21T12:30:00Z')

/** As the opt-out page prints it, with its line breaks and the spaces at their ends. */
const SEED =
  'select customer_user_id, event_time_ts as time_of_request\nfrom cooladata \nwhere date_range (last 7 days) and event_name in ("cooladata_opt_out")\n'

function refusalOf(query: string): string {
  try {
    parseQuery(query, NOW)
  } catch (problem) {
    if (problem instanceof Problem && problem.code === 'unsupported-query') return problem.hint
    throw problem
  }
  throw new Error('was accepted')
}

test('reads the query of the opt-out page exactly as it stands', () => {
  expect(parseQuery(SEED, NOW)).toEqual({
    columns: [
      { column: 'customer_user_id', as: 'customer_user_id' },
      { column: 'event_time_ts', as: 'time_of_request' },
    ],
    names: ['cooladata_opt_out'],
    range: { from: new Date('2026-11-14T12:30:00Z'), until: null },
    limit: 10_000,
  })
})

test('reads the same query with the no-break spaces and line ends of a copy from a web page', () => {
  const copied = SEED.replaceAll(' ', '\u00a0').replaceAll('\n', '\r\n')
  expect(parseQuery(copied, NOW)).toEqual(parseQuery(SEED, NOW))
})

test.each([
  ['SELECT Source FROM CoolaData WHERE DATE_RANGE(LAST 1 DAY) LIMIT 5;', ['source'], null, 5],
  [
    "select `event_name` as `what happened` from cooladata where date_range (last 7 days) and event_name = 'a'",
    ['what happened'],
    ['a'],
    10_000,
  ],
  [
    'select source from cooladata where (event_name in ("a", \'b\', "a")) and date_range (last 7 days)',
    ['source'],
    ['a', 'b'],
    10_000,
  ],
  [
    'select source as s, event_name as n from cooladata where date_range (last 7 days) limit 100000',
    ['s', 'n'],
    null,
    100_000,
  ],
])('reads %s', (query, columns, names, limit) => {
  const read = parseQuery(query, NOW)
  expect(read.columns.map(({ as }) => as)).toEqual(columns)
  expect(read.names).toEqual(names)
  expect(read.limit).toBe(limit)
})

test.each(['2026-11-01, 2026-11-02', "'2026-11-01', '2026-11-02'", '"2026-11-01" , "2026-11-02"'])(
  'reads the two days %s, both included, in UTC',
  (range) => {
    expect(parseQuery(`select source from cooladata where date_range (${range})`, NOW).range).toEqual({
      from: new Date('2026-11-01T00:00:00Z'),
      until: new Date('2026-11-03T00:00:00Z'),
    })
  },
)

describe('anything else is refused with what is supported and where it stopped:', () => {
  test.each([
    ['', 'date_range (…) is missing'],
    ['select source from cooladata', 'date_range (…) is missing'],
    ['select source from cooladata where date_range (last 0 days)', 'not one of the two forms'],
    ['select source from cooladata where date_range (last 99999 days)', 'not one of the two forms'],
    [
      'select source from cooladata where date_range (context)',
      'not one of the two forms (line 1, column 36)',
    ],
    ['select source from cooladata where date_range (2026-02-30, 2026-03-01)', 'not one of the two forms'],
    ['select source from cooladata where date_range (2026-03-02, 2026-03-01)', 'not one of the two forms'],
    ['select source from cooladata where date_range ()', 'no range in brackets'],
    ['select source from cooladata where date_range', 'no range in brackets'],
    ['select source from cooladata where date_range (last 7 days) and date_range (last 8 days)', 'twice'],
    ['select source from cooladata where not date_range (last 7 days)', ''],
    [
      'select source from cooladata where date_range (last 7 days) or event_name = "a"',
      'not a condition of its own',
    ],
    ['select date_range (last 7 days) from cooladata', 'date_range'],
    ['select *\nfrom cooladata where date_range (last 7 days)', 'cannot be selected (line 1, column 8)'],
    ['select count(*) from cooladata where date_range (last 7 days)', 'cannot be selected'],
    ['select\n  source,\n  email from cooladata where date_range (last 7 days)', 'line 3, column 3'],
    ['select source, source from cooladata where date_range (last 7 days)', 'same name'],
    ['select distinct source from cooladata where date_range (last 7 days)', '`distinct`'],
    ['select source from cooladata c where date_range (last 7 days)', 'The one table is cooladata'],
    ['select source from subject where date_range (last 7 days)', 'The one table is cooladata'],
    ['select source from other.cooladata where date_range (last 7 days)', 'The one table is cooladata'],
    ['select source from cooladata, subject where date_range (last 7 days)', 'The one table is cooladata'],
    ['select source from (select 1) where date_range (last 7 days)', 'The one table is cooladata'],
    ['select source from cooladata where date_range (last 7 days) union all select 1', 'not supported'],
    ['with x as (select 1) select source from cooladata where date_range (last 7 days)', '`with`'],
    ['select source from cooladata where date_range (last 7 days) group by source', '`group by`'],
    ['select source from cooladata where date_range (last 7 days) order by source', '`order by`'],
    ['select source from cooladata where date_range (last 7 days) limit 100001', '1 to 100000'],
    ['select source from cooladata where date_range (last 7 days) limit 0', '1 to 100000'],
    ['select source from cooladata where date_range (last 7 days) limit 1.5', '1 to 100000'],
    ['select source from cooladata where date_range (last 7 days) limit 99999999999999999999', '1 to 100000'],
    ['select source from cooladata where date_range (last 7 days) limit 5 offset 5', '`limit`'],
    [
      'select source from cooladata where date_range (last 7 days) and event_name not in ("a")',
      'condition is not supported',
    ],
    [
      'select source from cooladata where date_range (last 7 days) and event_name = 5',
      'condition is not supported',
    ],
    [
      'select source from cooladata where date_range (last 7 days) and source = "a"',
      'condition is not supported (line 1, column 65)',
    ],
    [
      'select source from cooladata where date_range (last 7 days) and event_name = "a" and event_name = "b"',
      'more than one condition',
    ],
    [
      'select source from cooladata where date_range (last 7 days) and event_name in (select 1)',
      'condition is not supported',
    ],
    ['select source from cooladata where date_range (last 7 days) and event_name = "it\\"s"', 'not closed'],
    ["select source from cooladata where date_range (last 7 days) and event_name = 'it''s'", 'not closed'],
    ['select source from cooladata where date_range (last 7 days) and event_name = "a', 'not closed'],
    [
      'select source from cooladata where date_range (last 7 days) and ((((event_name = "a"))))',
      'too deeply',
    ],
    ['select source from cooladata where date_range (last 7 days);\ndelete from event', 'One statement'],
    ['delete from cooladata where date_range (last 7 days)', 'Only select'],
    ['select source, from where date_range (last 7 days)', ''],
    ['\nselect source fromm cooladata where date_range (last 7 days)', 'line 2, column'],
  ])('%s', (query, reason) => {
    const hint = refusalOf(query)
    expect(hint).toContain(reason)
    expect(hint).toContain('Supported: select customer_user_id')
  })
})

test('never repeats a word of the query in its refusal', () => {
  expect(refusalOf('select source from cooladata where customer_user_id = zoe@example.com')).not.toContain(
    'zoe',
  )
  expect(
    refusalOf(
      'select source from cooladata where date_range (last 7 days) and customer_user_id = "zoe@example.com"',
    ),
  ).not.toContain('zoe')
})

test('answers any text with a query or a refusal, and soon', () => {
  const words = fc.constantFrom(
    'select',
    'source',
    'from',
    'cooladata',
    'where',
    'date_range',
    '(',
    ')',
    'last',
    '7',
    'days',
    'and',
    'in',
    '"a"',
    ',',
    'limit',
    ';',
    '--',
    "'",
    '\\',
    '\u0000',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(words, fc.string({ unit: 'binary' })), { maxLength: 40 }), (parts) => {
      const startedAt = performance.now()
      try {
        parseQuery(parts.join(' '), NOW)
      } catch (problem) {
        expect(problem).toBeInstanceOf(Problem)
      }
      expect(performance.now() - startedAt).toBeLessThan(500)
    }),
    { numRuns: 500 },
  )
})
