import { readFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { testDatabase } from '../../testing/test-database.ts'
import { testApp } from '../testing/test-app.ts'
import { undocumentedRoutes } from './undocumented-routes.ts'
import { verifyPageRoute } from './verify-page.ts'

const db = await testDatabase()
const { app } = await testApp(db.pool, verifyPageRoute)
await app.ready()
afterAll(() => app.close())

test('shows the page of the repository to everybody, and lets nothing else run in it', async () => {
  const answer = await app.inject('/verify')
  const page = new URL('../../../../../docs/verify-receipt.html', import.meta.url)
  expect(answer.body).toBe(readFileSync(page, 'utf8'))
  expect(answer.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': expect.stringMatching(
      /^default-src 'none'; script-src 'sha256-\S+'; .*; frame-ancestors 'none'$/,
    ),
  })
  expect(undocumentedRoutes(app)).toEqual([])
})
