import { expect, test } from 'vitest'
import { basic, collectionApp, KEY } from './testing/collection-app.ts'
test.each(['stream','buffer'])('x %s', async (kind) => {
  const door = await collectionApp()
  const origin = await door.app.listen({ port: 0, host: '127.0.0.1' })
  const conns: any[] = []
  door.app.server.on('connection', (s) => { conns.push(s); s.on('close', () => console.log(kind, 'socket closed')) })
  const chunk = Buffer.alloc(100_000, 32)
  const stream = () => new ReadableStream({ start: (c) => { for (let i = 0; i < 30; i += 1) c.enqueue(chunk); c.close() } })
  const body: any = kind === 'stream' ? stream() : Buffer.alloc(3_000_000, 32)
  const t = performance.now()
  const answer = await fetch(`${origin}/v1/batch`, { method: 'POST', body, headers: { authorization: basic(KEY) }, ...(kind === 'stream' ? { duplex: 'half' } : {}) } as any)
  console.log(kind, answer.status, await answer.text(), [...answer.headers].join(' '), performance.now() - t)
  await new Promise((r) => setTimeout(r, 1000))
  console.log(kind, conns.map((s) => [s.destroyed, s.bytesRead]))
  await door.app.close()
  console.log(kind, 'closed', performance.now() - t)
}, 20000)
