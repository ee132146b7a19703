import { afterAll, describe, expect, test } from 'vitest'
import { journeyHeed } from './boot/journey-heed.ts'
import { hasChromium, openBrowser, type SentCall, type Visit, visit } from './clients/browser.ts'
import { openShop } from './clients/shop-server.ts'
import { collectedOf, newPerson } from './person.ts'
import { ask, isSuppressed } from './standing.ts'

/** What a page sends while it is being left is answered to nobody, so it is looked for at Heed. */
const PATIENCE = { timeout: 20_000 }

describe.skipIf(!hasChromium)('with @segment/analytics-next in Chromium', async () => {
  if (!hasChromium) return
  const heed = await journeyHeed()
  const shop = await openShop(heed)
  const browser = await openBrowser()
  afterAll(async () => {
    await browser.close()
    shop.close()
  })

  describe.each([
    ['the snippet, which loads the SDK from Heed and sends event by event', 'snippet'],
    ['the npm package, which sends batches', 'package'],
  ])('in a page with %s', (_name, pageName) => {
    test('a visitor who opts out is collected until then, and on no later page or device', async () => {
      const ada = newPerson()
      const page = await visit(browser, `${shop.url}/${pageName}/${ada.mark}`)
      const firstDevice = await deviceOf(page)
      await page.do(`analytics.track('Visited')`)
      await page.do(`analytics.identify('${ada.userId}', { email: '${ada.email}' })`)
      await page.do(`analytics.track('Ordered')`)
      await page.do(`analytics.track('Opted Out')`)
      await page.do(`analytics.track('Came back'); analytics.page()`, 2)
      await page.reload()
      await page.do(`analytics.track('Came back')`)
      const collected = ['page', 'Visited', 'identify', 'Ordered', 'Opted Out']
      expect(await collectedOf(heed, ada)).toEqual(collected)
      expect(await isSuppressed(heed, { kind: 'anonymousId', value: firstDevice })).toBe(true)

      await page.do(`analytics.reset(); analytics.track('Looked around')`)
      const secondDevice = await deviceOf(page)
      expect(secondDevice).not.toBe(firstDevice)
      expect(await collectedOf(heed, ada)).toEqual([...collected, 'Looked around'])
      await page.do(`analytics.identify('${ada.userId}')`)
      await page.do(`analytics.track('Came back')`)
      expect(await collectedOf(heed, ada)).toEqual(collected)

      await ask(heed, 'unsuppress', { kind: 'anonymousId', value: firstDevice })
      await page.reload()
      await page.do(`analytics.track('Welcome back')`)
      for (const call of page.sent()) await sendAgain(call)
      expect(await collectedOf(heed, ada)).toEqual([...collected, 'page', 'Welcome back'])
      expect(new Set(page.sent().map(({ status }) => status))).toEqual(new Set([200]))
      await page.close()
    })
  })

  test('of a batch with an opt-out in its middle, what stands after it is not kept', async () => {
    const ben = newPerson()
    const page = await visit(browser, `${shop.url}/package/${ben.mark}`)
    const before = page.sent().length
    await page.do(`analytics.track('Ordered'); analytics.track('Opted Out'); analytics.track('Came back')`, 3)
    expect(page.sent().length - before).toBe(1)
    expect(await collectedOf(heed, ben)).toEqual(['page', 'Ordered', 'Opted Out'])
    await page.close()
  })

  test('what waits in a batch when the page is left arrives, unless its person has opted out', async () => {
    const cleo = newPerson()
    const page = await visit(browser, `${shop.url}/package/${cleo.mark}`)
    await page.do(`analytics.identify('${cleo.userId}')`)
    await page.leaveAfter(`analytics.track('Left')`)
    await expect.poll(() => collectedOf(heed, cleo), PATIENCE).toEqual(['page', 'identify', 'Left'])
    await ask(heed, 'suppress', { kind: 'userId', value: cleo.userId })
    await page.goBack()
    await page.leaveAfter(`analytics.track('Left')`)
    const identifier = { kind: 'userId', value: cleo.userId }
    await expect
      .poll(() => heed.control('/api/v1/explain', { identifier }), PATIENCE)
      .toMatchObject({ dropped: { total: 2 } })
    expect(await collectedOf(heed, cleo)).toEqual(['page', 'identify', 'Left'])
    await page.close()
  })

  test('the browser asked before it called across origins', () => {
    expect(heed.printed()).toMatch(/"method":"OPTIONS","status":204/)
  })
})

async function deviceOf(page: Visit): Promise<string> {
  return String(await page.read('Promise.resolve(analytics.user()).then((user) => user.anonymousId())'))
}

/** The very bytes the browser sent, as a queue in it would send them once more. */
async function sendAgain({ url, headers, body }: SentCall): Promise<void> {
  const { authorization = '', origin = '' } = headers
  const answer = await fetch(url, { method: 'POST', body, headers: { authorization, origin } })
  expect(answer.status).toBe(200)
}
