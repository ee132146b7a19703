import { parsePhoneNumberFromString } from 'libphonenumber-js'

/**
 * E.164 for a number written internationally (`+…`), otherwise its bare digits; null when it is no number.
 *
 * No country is ever guessed: a guess would join two people who share the digits, and would make the "no" of one cover
 * the other. So `020 7946 0958` and `+44 20 7946 0958` are two identifiers, and a door that knows its numbers to be
 * international (WhatsApp's `wa_id`) adds the `+` itself. An extension is left out: colleagues behind one switchboard
 * share a number as a household does.
 */
export function normalisePhone(text: string): string | null {
  const plain = text.normalize('NFKC').replace(ARABIC_DIGIT, asciiDigit).replace(/^tel:/i, '').trim()
  return plain.startsWith('+') ? international(plain) : digitsOf(plain)
}

/** Arabic-Indic and Persian digits; both runs begin at a multiple of sixteen. */
const ARABIC_DIGIT = /[\u0660-\u0669\u06f0-\u06f9]/g

function asciiDigit(digit: string): string {
  return String(digit.charCodeAt(0) % 16)
}

/** Parsed until nothing changes, because `+44 00 20…` loses one zero a time and an answer must be its own answer. */
function international(plain: string): string | null {
  const parsed = parsePhoneNumberFromString(plain, { extract: false })?.number
  if (parsed !== undefined && parsed !== plain) return international(parsed)
  const digits = digitsOf(plain.slice(1))
  return digits === null ? null : `+${digits}`
}

const WRITTEN_NUMBER = /^[0-9\s().\-\u2010-\u2015/]+$/u

/** Seven to fifteen digits (E.164's most); fewer are placeholders and short codes, not people. */
function digitsOf(plain: string): string | null {
  const digits = plain.replace(/[^0-9]/g, '')
  return WRITTEN_NUMBER.test(plain) && digits.length >= 7 && digits.length <= 15 ? digits : null
}
