import { Problem } from '@heed/protocol'
import { looksLikeJson, textOfData } from '../read-data.ts'
import { NOT_JSON, readText, tryParseJson } from '../read-json-text.ts'
import { repairPayload } from './repair-payload.ts'

/** A call's value, and the JSON text it was parsed from. */
export type Payload = { readonly value: unknown; readonly text: string }

/**
 * The JSON value in a Cooladata body, in every encoding its clients send: raw JSON under any content type,
 * percent-encoded JSON without a key, and `data=` with percent-encoded or base64 JSON.
 * Throws `Problem('invalid-encoding' | 'invalid-json')`.
 */
export function readPayload(bytes: Buffer): Payload {
  const text = readText(bytes).trim()
  return looksLikeJson(text) ? parsePayload(text) : readData(formDecode(valueOfForm(text)))
}

/** The value of a `data` parameter that has been percent-decoded. */
export function readData(data: string): Payload {
  return parsePayload(textOfData(data))
}

/** In a form the value of `data`; a form without a key is the value itself, which holds no bare `&`. */
function valueOfForm(text: string): string {
  if (!text.includes('data=')) return text
  const field = text.split('&').find((part) => part.startsWith('data='))
  return field === undefined ? text : field.slice('data='.length)
}

function parsePayload(text: string): Payload {
  const value = tryParseJson(text)
  if (value !== NOT_JSON) return { value, text }
  const repaired = repairPayload(text)
  const repairedValue = tryParseJson(repaired)
  if (repairedValue === NOT_JSON) throw new Problem('invalid-json', 'The payload is not JSON text.')
  return { value: repairedValue, text: repaired }
}

/** application/x-www-form-urlencoded, where `+` is a blank. The error of the decoder would quote what people sent. */
function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', '%20'))
  } catch {
    throw new Problem('invalid-encoding', 'The percent-encoding of the body is broken.')
  }
}
