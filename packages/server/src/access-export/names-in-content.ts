import type { EventType } from '../collection/collected-item.ts'
import { identifiersOf } from '../collection/parse/item-identifiers.ts'
import { isJsonObject, objectOrNull } from '../collection/parse/json-object.ts'
import { normaliseIdentifier } from '../identity/normalise-identifier.ts'

/** An identifier as one text, for looking it up in a set. */
export function nameOf({ kind, value }: { readonly kind: string; readonly value: string }): string {
  return `${kind} ${value}`
}

/** Does a stored event name one of these identifiers? Read as collection read them when it came in. */
export function namesOneOf(
  names: ReadonlySet<string>,
  { type, content }: { readonly type: EventType; readonly content: unknown },
): boolean {
  if (!isJsonObject(content)) return false
  const read = identifiersOf(type, content, objectOrNull(content.context))
  if (read.kind === 'named' && read.identifiers.some((identifier) => isOneOf(names, identifier))) return true
  const alternative = normaliseIdentifier('userId', content.alternativeId)
  return !('refused' in alternative) && names.has(nameOf(alternative))
}

/** A previous id is read as an anonymous id, and may have been a user's. */
function isOneOf(
  names: ReadonlySet<string>,
  { kind, value, role }: { readonly kind: string; readonly value: string; readonly role: string },
): boolean {
  return (
    names.has(nameOf({ kind, value })) ||
    (role === 'previousId' && names.has(nameOf({ kind: 'userId', value })))
  )
}
