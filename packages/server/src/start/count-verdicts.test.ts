import { expect, test } from 'vitest'
import { basic, collectionApp, KEY } from '../http/collection/testing/collection-app.ts'
import { createMetrics } from '../http/operations/metrics.ts'
import { countVerdicts } from './count-verdicts.ts'

test('counts every item of a call once, and each rejected one by its reason', async () => {
  const metrics = createMetrics({ withProcess: false })
  const { app } = await collectionApp({ parts: { count: countVerdicts(metrics) } })
  const items = [{ type: 'track', event: 'Seen', userId: 'u1' }, { type: 'track', userId: 'u1' }, 7, 'x']
  const headers = { authorization: basic(KEY) }
  await app.inject({ method: 'POST', url: '/v1/batch', headers, payload: { batch: items } })
  const counted = (await metrics.render()).split('\n').filter((line) => /^heed_items.*\d$/.test(line))
  expect(counted.toSorted()).toEqual([
    'heed_items_rejected_total{code="no-event-name"} 1',
    'heed_items_rejected_total{code="not-an-object"} 2',
    'heed_items_total{outcome="rejected"} 3',
    'heed_items_total{outcome="stored"} 1',
  ])
  await app.close()
})
