import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inlineModules } from './inline-modules.ts'

const pathTo = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** What the page runs: the rules of `core` themselves, so that the page and the command line cannot differ. */
const RULES = ['verify-receipt', 'describe-receipt', 'describe-verdict', 'web-cryptography'].map((name) =>
  pathTo(`packages/core/src/receipts/${name}.ts`),
)

/** Where the page is kept. */
export const PAGE = pathTo('docs/verify-receipt.html')

/** The page that checks receipts: one file, nothing fetched, and nothing runs in it but the script of this digest. */
export function makePage(): string {
  const template = readFileSync(pathTo('tools/verify-page/page.html'), 'utf8')
  const rules = formatted(inlineModules(RULES, (path) => readFileSync(path, 'utf8')))
  const page = template.replace('/* {{rules}} */', () => rules)
  const policy = [
    "default-src 'none'",
    `script-src '${digestOf(page, 'script')}'`,
    `style-src '${digestOf(page, 'style')}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ')
  return page.replace('{{policy}}', () => policy)
}

/** Readers of the page are to be able to read what it does. */
function formatted(script: string): string {
  const args = ['format', '--stdin-file-path=rules.js']
  return execFileSync(pathTo('node_modules/.bin/biome'), args, { input: script, encoding: 'utf8' })
}

function digestOf(page: string, element: 'script' | 'style'): string {
  const [, text = ''] = new RegExp(`<${element}>([\\s\\S]*?)</${element}>`).exec(page) ?? []
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
