import { describe, expect, test } from 'vitest'
import { isTestCode, isTypeScript, repositoryFiles } from './source-files.ts'
import { staleComments } from './tidy-comments.ts'
import { exceptions, type Finding, unexcused } from './tidy-exceptions.ts'
import { tablesWithoutComment } from './tidy-migrations.ts'
import { unclearNames } from './tidy-names.ts'
import { functionsOf, isSource, lineCount, oversizes } from './tidy-sizes.ts'
import { bannedSyntax } from './tidy-syntax.ts'
import { bannedWords } from './tidy-words.ts'

const files = repositoryFiles()
const rules = [oversizes, bannedWords, bannedSyntax, unclearNames, staleComments]

const findingsIn = (path: string, text: string): readonly Finding[] =>
  rules.flatMap((rule) => rule({ path, text }))

test('the repository keeps the rules of the house', { timeout: 60_000 }, () => {
  expect(files.length).toBeGreaterThan(20)
  const findings = [
    ...files.flatMap((file) => rules.flatMap((rule) => rule(file))),
    ...tablesWithoutComment(files),
  ]
  expect(unexcused(findings, exceptions)).toEqual([])
})

test('every exception says why', () => {
  expect(exceptions.filter(({ reason }) => reason.length < 20)).toEqual([])
})

test('the sizes of files and functions are printed', () => {
  const product = files.filter(
    ({ path }) => isSource(path) && path.startsWith('packages/') && !isTestCode(path),
  )
  const tests = files.filter(({ path }) => isTypeScript(path) && isTestCode(path))
  const functions = product.filter(({ path }) => isTypeScript(path)).flatMap(functionsOf)
  const named = functions.filter(({ isCallback }) => !isCallback)

  const report = [
    `product files      ${spread(product.map(lineCount))}`,
    `test files         ${spread(tests.map(lineCount))}`,
    `named functions    ${spread(named.map(({ lines }) => lines))}`,
    `callbacks          ${spread(functions.filter(({ isCallback }) => isCallback).map(({ lines }) => lines))}`,
  ]
  console.info(`\nsizes in lines\n${report.join('\n')}\n`)
  expect(named.length).toBeGreaterThan(0)
})

function spread(sizes: readonly number[]): string {
  const sorted = sizes.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return `${sorted.length}: median ${at(0.5)}, p90 ${at(0.9)}, largest ${at(1)}`
}

describe('a planted finding is found', () => {
  const path = 'packages/server/src/requests/open-request.ts'
  const statements = (count: number) => 'work()\n'.repeat(count)

  test.each([
    ['file-lines', path, statements(401)],
    ['file-lines', 'packages/server/src/store/migrations/0009-wide.sql', 'select 1;\n'.repeat(401)],
    ['function-lines', path, `export function open() {\n${statements(69)}}`],
    ['function-lines', path, `const open = () => {\n${statements(69)}}`],
    ['function-lines', path, `export class Opener {\n open() {\n${statements(69)}}\n}`],
    ['function-lines', path, `app.get('/x', async () => {\n${statements(69)}})`],
    ['function-lines', path, `export const tasksIn = (db) => ({\n open() {\n${statements(69)}}\n})`],
    ['function-lines', path, `export function tasksIn(db) {\n${statements(70)} return {\n open() {},\n} }`],
    ['parameters', path, 'export function open(a: A, b: B, c: C, d: D) {}'],
    ['nesting', path, 'export function open() { if (a) { for (;;) { try { if (b) { } } finally {} } } }'],
    ['unfinished', 'docs/glossary.md', `${'TO'}DO: write this`],
    ['unfinished', path, `// ${'FIX'}ME`],
    ['only', 'packages/core/src/gate/judge.test.ts', "test.only('x', () => {})"],
    ['any', path, 'const x = y as any'],
    ['any', path, 'function open(x: any) {}'],
    ['ts-ignore', path, '// @ts-ignore'],
    ['success', path, 'const answer = { success: true }'],
    ['environment', path, 'const port = process.env.HEED_PORT'],
    ['environment', path, "import { env } from 'node:process'"],
    [
      'store-transaction',
      'packages/server/src/requests/tasks.store.ts',
      'await db.transaction().execute(run)',
    ],
    ['store-transaction', 'packages/server/src/requests/tasks.store.ts', "await client.query('begin')"],
    ['machine-path', 'README.md', 'see /home/ada/heed'],
    ['outside-document', path, '// see DESIGN 5.1'],
    ['registry', '.npmrc', 'registry=https://registry.example.org'],
    ['lock-address', 'package-lock.json', '"resolved": "https://example.org/a.tgz"'],
    ['vague-name', 'packages/server/src/requests/utils.ts', ''],
    ['vague-name', 'packages/server/src/common/clock.ts', ''],
    ['vague-name', 'packages/server/src/requests/types.ts', ''],
    ['second-version', 'packages/server/src/requests/open-request2.ts', ''],
    ['kebab-case', 'packages/server/src/requests/openRequest.ts', ''],
    ['kebab-case', 'packages/server/src/store/migrations/0009_wide.sql', ''],
    ['default-export', path, 'export default 1'],
    ['default-export', path, 'export { open as default }'],
    ['history', path, '// renamed from open-task'],
    ['commented-out-code', path, '// const a = open(b)'],
    ['banner', path, '// =========== stores ==========='],
  ])('%s in %s', (rule, where, text) => {
    expect(findingsIn(where, text).map((finding) => finding.rule)).toContain(rule)
  })

  test('table-comment', () => {
    const text =
      "create table a (id int);\n-- comment on table b is 'x'\ncreate table b (id int);\ncomment on table a is 'A.';"
    const migration = { path: 'packages/server/src/store/migrations/0001-a.sql', text }
    expect(tablesWithoutComment([migration])).toEqual([expect.objectContaining({ line: 3, what: 'b' })])
  })
})

describe('what the house allows is not complained about', () => {
  test.each([
    ['packages/server/src/settings.ts', 'export const read = (env = process.env) => env'],
    ['packages/server/src/http/collection/segment/answer.ts', 'export const stored = { success: true }'],
    ['packages/core/src/ids/uuid-v7.ts', 'export const x = parsed.success'],
    ['packages/server/src/store/migrations/0001-foundation.sql', 'select 1;'],
    ['vitest.config.ts', 'export default {}'],
    [
      'packages/core/src/gate/judge.ts',
      '// Returns a subject (the root) that is no longer suppressed; import comes later.',
    ],
    [
      'packages/core/src/gate/judge.ts',
      'export function judge(a: A, b: B, c: C) { if (a) {} else if (b) {} else if (c) {} }',
    ],
    ['packages/core/src/gate/judge.test.ts', `describe('x', () => {\n${'test()\n'.repeat(100)}})`],
    [
      'packages/server/src/requests/tasks.store.ts',
      `export function tasksIn(db) { return {\n${'async open() {\n\n},\n'.repeat(40)}} }`,
    ],
    ['docs/operate/run.md', 'https://example.com/home/page and ./our/folder'],
  ])('%s', (path, text) => {
    expect(findingsIn(path, text)).toEqual([])
  })

  test('a partition needs no comment of its own', () => {
    const text = 'create table event_default partition of event default;'
    expect(tablesWithoutComment([{ path: 'packages/server/src/store/migrations/0001-a.sql', text }])).toEqual(
      [],
    )
  })
})

describe('an exception', () => {
  const finding = { rule: 'file-lines', path: 'a.ts', line: 1, what: '401 lines' }

  test('excuses the finding it names', () => {
    expect(
      unexcused([finding], [{ rule: 'file-lines', path: 'a.ts', reason: 'one table of states' }]),
    ).toEqual([])
  })

  test('that excuses nothing is a finding', () => {
    expect(unexcused([], [{ rule: 'nesting', path: 'a.ts', reason: 'a parser' }])).toHaveLength(1)
  })
})
