import { expect, test } from 'vitest'
import { deadLinks } from './dead-links.ts'
import { repositoryFiles } from './source-files.ts'

const files = repositoryFiles()
const documents = files.filter(({ path }) => path.endsWith('.md'))

test('every link between documents leads somewhere', () => {
  expect(documents.length).toBeGreaterThan(10)
  expect(documents.flatMap(deadLinks)).toEqual([])
})

test('a planted dead link is found, and others are not', () => {
  const text = '[a](../README.md) [b](no-such-page.md#part) [c](https://example.com/x) [d](#here)'
  expect(deadLinks({ path: 'docs/glossary.md', text })).toEqual([
    'docs/glossary.md links to no-such-page.md#part',
  ])
})

test('the README opens with the two commands that the house runs itself', () => {
  const readme = documents.find(({ path }) => path === 'README.md')?.text ?? ''
  const ci = files.find(({ path }) => path === '.ci/run')?.text ?? ''
  expect(readme).toContain('npm install && npm start')
  expect(readme).toContain('npm install && npm test')
  expect(ci).toMatch(/run_tests all npm test/)
})
