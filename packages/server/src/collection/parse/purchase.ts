import type { CollectedItem, CollectedPurchase } from '../collected-item.ts'
import type { JsonObject } from './json-object.ts'

export type Purchase = Pick<CollectedItem, 'revenue' | 'currency' | 'purchase'>

/**
 * What an event says was paid: `revenue`, else `total`, as decimal text, and its ISO 4217 code; and whether that was an
 * order or a refund, by the names of Segment's e-commerce spec.
 */
export function purchaseOf(name: string | null, properties: JsonObject | null): Purchase {
  const kind = name === null ? undefined : KINDS.get(name.trim())
  const { revenue = null, total, currency, order_id: orderId, orderId: camelCased } = properties ?? {}
  return {
    revenue: amount(revenue) ?? amount(total),
    currency: currencyCode(currency),
    purchase: kind === undefined ? null : { kind, orderId: idOf(orderId) ?? idOf(camelCased) },
  }
}

export const NO_PURCHASE: Purchase = { revenue: null, currency: null, purchase: null }

const KINDS = new Map<string, CollectedPurchase['kind']>([
  ['Order Completed', 'order'],
  ['Order Refunded', 'refund'],
])

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

const LONGEST_ORDER_ID = 200

/** A longer one stays in the event's content alone: cut off it would be another order's. */
function idOf(raw: unknown): string | null {
  if (typeof raw === 'number') return String(raw)
  if (typeof raw !== 'string' || raw.length > LONGEST_ORDER_ID) return null
  const id = raw.trim()
  return id === '' ? null : id
}
