import { z } from 'zod'
import { settingsSchema, settingVariable } from '../settings.ts'

/** The table of docs/operate/settings.md, made from the schema so that neither can drift. */
export function settingsManual(): string {
  const rows = Object.entries(settingsSchema.shape).map(([key, schema]) => {
    const secret = schema.meta()?.secret === true ? ' Secret.' : ''
    const fallback = DEFAULTS[key]
    const shown = typeof fallback === 'string' ? ` \`${fallback}\` ` : ' '
    return `| \`${settingVariable(key)}\` |${shown}| ${schema.description}${secret} |`
  })
  return ['| variable | default | |', '|---|---|---|', ...rows].join('\n')
}

const DEFAULTS = defaultsOf(z.toJSONSchema(settingsSchema, { io: 'input', unrepresentable: 'any' }))

function defaultsOf(schema: z.core.JSONSchema.BaseSchema): Readonly<Record<string, unknown>> {
  const properties = Object.entries(schema.properties ?? {})
  return Object.fromEntries(
    properties.map(([key, property]) => [key, typeof property === 'object' ? property.default : undefined]),
  )
}
