import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { inlineModules } from './verify-page/inline-modules.ts'
import { makePage, PAGE } from './verify-page/make-page.ts'

test('the page that checks receipts is made of the rules as they are; `npm run make:verify-page` makes it anew', () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(makePage())
})

test('the page names no address to fetch from', () => {
  const page = readFileSync(PAGE, 'utf8')
  expect(page).not.toMatch(/<(script|link|img|iframe)[^>]+(src|href)="(?!data:,")/)
  expect(page).not.toMatch(/fetch\(|XMLHttpRequest|WebSocket|import\(|innerHTML/)
})

test('modules keep their own scopes and find each other by name', () => {
  const sources: Record<string, string> = {
    '/a.ts':
      "import { type Kind, double } from './b.ts'\nconst hidden: Kind = 3\nexport const six: number = double(hidden)\n",
    '/b.ts':
      "import type { Kind } from './c.ts'\nconst hidden = 2\nexport function double(of: Kind) { return of * hidden }\n",
    '/c.ts': 'export type Kind = number\n',
  }
  const script = inlineModules(['/a.ts'], (path) => sources[path] ?? '')
  expect(new Function(`${script}; return six`)()).toBe(6)
  expect(script).not.toMatch(/import|export|Kind/)
})
