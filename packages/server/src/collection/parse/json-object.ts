/** What `JSON.parse` makes of `{…}`. Its keys are the client's: read them, never assign them to another object. */
export type JsonObject = Readonly<Record<string, unknown>>

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function objectOrNull(value: unknown): JsonObject | null {
  return isJsonObject(value) ? value : null
}
