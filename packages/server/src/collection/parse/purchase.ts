import type { JsonObject } from './json-object.ts'

export type Purchase = { readonly revenue: string | null; readonly currency: string | null }

/** What an event says was paid: `revenue`, else `total`, as decimal text, and its ISO 4217 code. */
export function purchaseOf(properties: JsonObject | null): Purchase {
  if (properties === null) return NO_PURCHASE
  const { revenue = null, total, currency } = properties
  return { revenue: amount(revenue) ?? amount(total), currency: currencyCode(currency) }
}

export const NO_PURCHASE: Purchase = { revenue: null, currency: null }

const DECIMAL = /^[+-]?\d{1,15}(?:\.\d{1,10})?$/

/** Beyond fifteen digits a double has lost some; nobody sells for that much. */
function amount(raw: unknown): string | null {
  if (typeof raw === 'number') return decimalOf(raw)
  if (typeof raw !== 'string' || raw.length > 40) return null
  const text = raw.trim()
  return DECIMAL.test(text) ? text : null
}

function decimalOf(value: number): string | null {
  if (!(Math.abs(value) < 1e15)) return null
  const text = String(value)
  return DECIMAL.test(text) ? text : value.toFixed(10)
}

function currencyCode(raw: unknown): string | null {
  if (typeof raw !== 'string' || raw.length > 10) return null
  const code = raw.trim().toUpperCase()
  return /^[A-Z]{3}$/.test(code) ? code : null
}
