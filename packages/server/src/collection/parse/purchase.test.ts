import fc from 'fast-check'
import { expect, test } from 'vitest'
import { purchaseOf } from './purchase.ts'

test.each([
  [{ revenue: 19.9, currency: 'eur' }, '19.9', 'EUR'],
  [{ revenue: '19.90', currency: ' usd ' }, '19.90', 'USD'],
  [{ total: 5 }, '5', null],
  [{ revenue: null, total: '7' }, '7', null],
  [{ revenue: 0, total: 7 }, '0', null],
  [{ revenue: 'free', total: -3 }, '-3', null],
  [{ revenue: 1e-7 }, '0.0000001000', null],
  [{ revenue: 1e15 }, null, null],
  [{ revenue: Number.POSITIVE_INFINITY }, null, null],
  [{ revenue: '1e5', currency: 'EURO' }, null, null],
  [{ revenue: '$5', currency: 5 }, null, null],
  [{ revenue: true }, null, null],
  [null, null, null],
])('%j', (properties, revenue, currency) => {
  expect(purchaseOf('Clicked', properties)).toEqual({ revenue, currency, purchase: null })
})

test('whatever is sent, the amount is decimal text', () => {
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.integer(), fc.string()), (raw) => {
      const { revenue } = purchaseOf('Order Completed', { revenue: raw })
      expect(revenue ?? '0').toMatch(/^[+-]?\d{1,15}(\.\d{1,10})?$/)
    }),
  )
})

test.each([
  ['Order Completed', { order_id: 'o-1' }, { kind: 'order', orderId: 'o-1' }],
  [' Order Refunded ', { orderId: 17 }, { kind: 'refund', orderId: '17' }],
  ['Order Completed', { order_id: ' ', orderId: 'o-2' }, { kind: 'order', orderId: 'o-2' }],
  ['Order Completed', { order_id: 'o'.repeat(201) }, { kind: 'order', orderId: null }],
  ['Order Completed', { order_id: { a: 1 } }, { kind: 'order', orderId: null }],
  ['Order Refunded', null, { kind: 'refund', orderId: null }],
  ['order completed', { order_id: 'o-1' }, null],
  ['Order Cancelled', { order_id: 'o-1' }, null],
  [null, { order_id: 'o-1' }, null],
])('%s %j is a purchase or none', (name, properties, purchase) => {
  expect(purchaseOf(name, properties).purchase).toEqual(purchase)
})
