import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { settingsManual } from './settings-manual.ts'

test('the manual says of every setting what the code says', async () => {
  const page = await readFile(new URL('../../../../docs/operate/settings.md', import.meta.url), 'utf8')
  expect(page).toContain(settingsManual())
})
