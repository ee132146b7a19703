import { Problem } from '@heed/protocol'
import { isJsonObject, type JsonObject } from './json-object.ts'
import { textOfData } from './read-data.ts'
import { parseJson } from './read-json-text.ts'

export type Query = Readonly<Record<string, string | readonly string[] | undefined>>

/** The item in the address of a pixel: base64 JSON in `data`, or one parameter a value, as in `properties.plan=pro`. */
export function readPixelQuery(query: Query): JsonObject {
  const data = lastOf(query.data)
  if (data === undefined) return unflatten(query)
  const value = parseJson(textOfData(data))
  if (!isJsonObject(value)) throw new Problem('invalid-body', 'The data of a pixel is one JSON object.')
  return { writeKey: lastOf(query.writeKey), ...value }
}

/** Of a parameter that stands twice the last counts, as in JSON. */
function lastOf(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'object' ? value.at(-1) : value
}

type Branch = { [step: string]: string | Branch }

/** Objects without a prototype: a parameter named `__proto__.x` finds nothing to change. */
function unflatten(query: Query): JsonObject {
  const root = newBranch()
  for (const [path, value] of Object.entries(query)) plant(root, path.split('.'), lastOf(value) ?? '')
  return root
}

function newBranch(): Branch {
  return Object.create(null)
}

/** Where one parameter is a value and another goes on below it, the first stays. */
function plant(root: Branch, steps: readonly string[], value: string): void {
  let branch = root
  for (const step of steps.slice(0, -1)) {
    const next = branch[step] ?? newBranch()
    if (typeof next === 'string') return
    branch[step] = next
    branch = next
  }
  const leaf = steps.at(-1) ?? ''
  branch[leaf] ??= value
}
