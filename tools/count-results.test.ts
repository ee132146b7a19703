import { expect, test } from 'vitest'
import { summarise, type VitestReport } from './count-results.ts'

const report = (found: Partial<VitestReport>): VitestReport => ({
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  testResults: [],
  ...found,
})

test('adds the runs up', () => {
  const runs = [report({ numPassedTests: 40, numPendingTests: 1 }), report({ numPassedTests: 2 })]
  expect(summarise(runs, 0)).toEqual({ skipped: 1, isGood: true, line: '42 passed, 0 failed' })
})

test('a run without tests is a failure', () => {
  expect(summarise([], 0)).toMatchObject({ isGood: false, line: '0 passed, 1 failed' })
  expect(summarise([report({ numPendingTests: 9 })], 0)).toMatchObject({
    isGood: false,
    line: '0 passed, 1 failed',
  })
})

test('a file that could not be loaded is a failure', () => {
  const testResults = [{ status: 'failed', assertionResults: [] }]
  expect(summarise([report({ numPassedTests: 3, testResults })], 1)).toMatchObject({
    isGood: false,
    line: '3 passed, 1 failed',
  })
})

test('a step that failed without a failed test is a failure', () => {
  expect(summarise([report({ numPassedTests: 3 })], 2)).toMatchObject({
    isGood: false,
    line: '3 passed, 2 failed',
  })
})

test('failed tests are counted once, not again as their step', () => {
  const failed = report({ numPassedTests: 3, numFailedTests: 2 })
  expect(summarise([failed], 1)).toMatchObject({ isGood: false, line: '3 passed, 2 failed' })
})
