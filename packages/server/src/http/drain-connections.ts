import type { App } from './app.ts'

const LONGEST_DRAIN_MS = 20_000

/**
 * Lets `app.close()` end as soon as the calls it has accepted are answered. A client that keeps its connection alive would
 * otherwise hold the server open for the whole keep-alive time, and one that reads slowly for ever.
 */
export function drainConnections(app: App): void {
  let isClosing = false
  app.addHook('preClose', async () => {
    isClosing = true
    const cutOff = setTimeout(() => app.server.closeAllConnections(), LONGEST_DRAIN_MS).unref()
    app.server.once('close', () => clearTimeout(cutOff))
  })
  app.addHook('onSend', async (_call, reply, payload) => {
    if (isClosing) reply.header('connection', 'close')
    return payload
  })
}
