import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, chromium, type Page, type Response } from 'playwright-core'

const EXECUTABLE = '/usr/bin/chromium'

export const hasChromium = existsSync(EXECUTABLE)

/** Flags for a root account in a container; the rest keeps the browser from calling anybody by itself. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: EXECUTABLE, args: FLAGS })

/** One call of the browser SDK, as the browser sent it. */
export type SentCall = {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly status: number
  /** How many events it carried. */
  readonly events: number
}

/** Somebody in front of a page of the shop, in a browser that has never been there. */
export type Visit = {
  /** Runs an expression in the page, and resolves when Heed has answered for `events` more events. */
  readonly do: (expression: string, events?: number) => Promise<void>
  readonly read: (expression: string) => Promise<unknown>
  readonly reload: () => Promise<void>
  /** Runs an expression in the page and goes to another one at once. */
  readonly leaveAfter: (expression: string) => Promise<void>
  readonly goBack: () => Promise<void>
  readonly sent: () => readonly SentCall[]
  readonly close: () => Promise<void>
}

/** Resolves when the page's own first event has been answered. */
export async function visit(browser: Browser, address: string): Promise<Visit> {
  const context = await browser.newContext()
  const page = await context.newPage()
  const sent = rememberCalls(context)
  const afterEvents = async (events: number, act: () => Promise<unknown>) => {
    const expected = sent.events() + events
    await act()
    await sent.untilEvents(expected)
  }
  await afterEvents(1, () => page.goto(address))
  return {
    do: (expression, events = 1) => afterEvents(events, () => runIn(page, expression)),
    read: (expression) => page.evaluate(expression),
    reload: () => afterEvents(1, () => page.reload()),
    async leaveAfter(expression) {
      await runIn(page, expression)
      await page.goto('about:blank')
    },
    goBack: () => afterEvents(1, () => page.goto(address)),
    sent: sent.calls,
    close: () => context.close(),
  }
}

/** The SDK's own promises are not awaited: a batch may wait for a later call. */
async function runIn(page: Page, expression: string): Promise<void> {
  await page.evaluate(`{ ${expression} }; undefined`)
}

function rememberCalls(context: BrowserContext) {
  const calls: SentCall[] = []
  const waiting = new Set<() => void>()
  const events = () => calls.reduce((sum, call) => sum + call.events, 0)
  context.on('response', async (response) => {
    const { pathname } = new URL(response.url())
    if (response.request().method() !== 'POST' || !/^\/v1\/[a-z]$/.test(pathname)) return
    calls.push(await sentCall(response))
    for (const look of waiting) look()
  })
  return {
    calls: () => [...calls],
    events,
    untilEvents: (expected: number) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (events() < expected) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}

async function sentCall(response: Response): Promise<SentCall> {
  const request = response.request()
  const body = request.postData() ?? '{}'
  const { batch } = JSON.parse(body) as { batch?: readonly unknown[] }
  return {
    url: request.url(),
    headers: await request.allHeaders(),
    body,
    status: response.status(),
    events: batch?.length ?? 1,
  }
}
