import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { ACCESS_EXPORT_VERSION, accessExport } from './access-export.ts'

const published = new URL(
  `../../../../docs/formats/access-export-${ACCESS_EXPORT_VERSION}.schema.json`,
  import.meta.url,
)

/** What was published under a version is what people's programs read by: to change it, this file has to be changed too. */
test('the published schema is the one that exports are made by', () => {
  expect(JSON.parse(readFileSync(published, 'utf8'))).toEqual(z.toJSONSchema(accessExport))
})
