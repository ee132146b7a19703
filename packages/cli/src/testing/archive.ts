import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll } from 'vitest'

/** A track as Segment's archive has it. */
export function archived(change: object = {}): object {
  const receivedAt = '2026-03-01T12:00:00.000Z'
  return {
    type: 'track',
    event: 'Clicked',
    userId: 'u1',
    anonymousId: null,
    properties: { plan: 'team' },
    context: { library: { name: 'analytics-node' } },
    integrations: {},
    channel: 'server',
    originalTimestamp: '2026-03-01T11:59:58.000Z',
    sentAt: '2026-03-01T11:59:59.000Z',
    timestamp: '2026-03-01T11:59:59.000Z',
    receivedAt,
    ...change,
  }
}

/** A line of RudderStack's dumps. */
export function dumped(change: object = {}): object {
  return archived({ rudderId: '7e7a', request_ip: '203.0.113.7', channel: 'web', ...change })
}

export type Archives = {
  /** Writes objects as JSON and texts as they are, one a line. */
  readonly write: (name: string, lines: readonly (object | string)[]) => Promise<string>
  readonly path: (name: string) => string
}

/** A folder for this test file. */
export async function archives(): Promise<Archives> {
  const folder = await mkdtemp(join(tmpdir(), 'heed-archive-'))
  afterAll(() => rm(folder, { recursive: true, force: true }))
  const path = (name: string) => join(folder, name)
  return {
    path,
    async write(name, lines) {
      const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')
      await writeFile(path(name), name.endsWith('.gz') ? gzipSync(text) : text)
      return path(name)
    },
  }
}
