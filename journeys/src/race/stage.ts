import { setTimeout as sleep } from 'node:timers/promises'
import type { Heed } from '../boot/boot-heed.ts'
import type { Chance } from './chance.ts'
import type { Act, Person } from './ledger.ts'
import type { Line } from './lines.ts'

/** Where a scene is played: both nodes, reached through as many connections as are used at once. */
export type Stage = {
  readonly nodes: readonly [Heed, Heed]
  /** Of a source that both nodes trust. */
  readonly serverKey: string
  readonly chance: Chance
  /** How often a call had to be repeated, by the status that asked for it. */
  readonly repeats: Map<number, number>
}

export type NamedIdentifier = { readonly kind: string; readonly value: string }

/** Sends lines to one node, each door's in one call; resolves when they are answered and their verdicts noted. */
export async function send(stage: Stage, lines: readonly Line[]): Promise<void> {
  const node = stage.chance.pick(stage.nodes)
  const segment = lines.filter(({ door }) => door === 'segment')
  const cooladata = lines.filter(({ door }) => door === 'cooladata')
  await Promise.all([
    segment.length > 0 ? sendCall(stage, segment, segmentCall(node, segment)) : null,
    cooladata.length > 0 ? sendCall(stage, cooladata, cooladataCall(node, stage.serverKey, cooladata)) : null,
  ])
}

/** Sends opt-outs; their people have said no from the moment this resolves. */
export async function sendNoes(stage: Stage, noes: readonly { person: Person; line: Line }[]): Promise<void> {
  const act = await timed(() =>
    send(
      stage,
      noes.map(({ line }) => line),
    ),
  )
  for (const { person } of noes) person.noes.push(act)
}

export async function suppress(stage: Stage, person: Person, identifier: NamedIdentifier): Promise<void> {
  person.noes.push(await request(stage, 'suppress', identifier))
}

export async function unsuppress(stage: Stage, person: Person, identifier: NamedIdentifier): Promise<void> {
  person.lifts.push(await request(stage, 'unsuppress', identifier))
}

export async function link(stage: Stage, identifiers: readonly NamedIdentifier[]): Promise<void> {
  await call(stage, controlCall(stage, '/api/v1/identity-links', { identifiers }))
}

function request(stage: Stage, type: string, identifier: NamedIdentifier): Promise<Act> {
  const body = { type, subject: { identifiers: [identifier] } }
  return timed(() => call(stage, controlCall(stage, '/api/v1/requests', body)))
}

async function timed(work: () => Promise<unknown>): Promise<Act> {
  const askedAt = performance.now()
  await work()
  return { askedAt, answeredAt: performance.now() }
}

async function sendCall(stage: Stage, lines: readonly Line[], once: Call): Promise<void> {
  const sentAt = performance.now()
  for (const { entry } of lines) entry.firstSentAt = Math.min(entry.firstSentAt ?? sentAt, sentAt)
  const { verdicts } = (await call(stage, once)) as { verdicts: readonly { kind: string }[] }
  const answeredAt = performance.now()
  lines.forEach(({ entry }, at) => {
    entry.lastAnsweredAt = Math.max(entry.lastAnsweredAt ?? answeredAt, answeredAt)
    entry.verdicts.push(verdicts[at]?.kind ?? 'none')
  })
}

type Call = { readonly url: string; readonly init: RequestInit }

/** Longer than all the kills of a run take on a busy machine: a call can be hung up on by one after the other. */
const PATIENCE_MS = 600_000

/** Does what an SDK does: told to come back, or hung up on, it sends the same again. */
async function call(stage: Stage, { url, init }: Call): Promise<unknown> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const { status, text } = await answerOf(url, init)
    if (status >= 200 && status < 300) return JSON.parse(text)
    if (!COME_BACK.has(status) || performance.now() > deadline)
      throw new Error(`${url} answered ${status}: ${text}`)
    stage.repeats.set(status, (stage.repeats.get(status) ?? 0) + 1)
    await sleep((status === HUNG_UP ? 200 : 30) + stage.chance.below(100))
  }
}

/** No answer at all. */
const HUNG_UP = 0

const COME_BACK: ReadonlySet<number> = new Set([HUNG_UP, 429, 503])

async function answerOf(url: string, init: RequestInit): Promise<{ status: number; text: string }> {
  try {
    const answer = await fetch(url, init)
    return { status: answer.status, text: await answer.text() }
  } catch (cause) {
    return { status: HUNG_UP, text: String(cause) }
  }
}

function segmentCall({ url, writeKey, adminToken }: Heed, lines: readonly Line[]): Call {
  const headers = { authorization: `Basic ${btoa(`${writeKey}:`)}`, 'heed-token': adminToken }
  return { url: `${url}/v1/batch`, init: post({ batch: lines.map(({ wire }) => wire) }, headers) }
}

function cooladataCall({ url, adminToken }: Heed, serverKey: string, lines: readonly Line[]): Call {
  const body = { events: lines.map(({ wire }) => wire) }
  return { url: `${url}/v3/${serverKey}/track`, init: post(body, { 'heed-token': adminToken }) }
}

function controlCall({ nodes, chance }: Stage, path: string, body: object): Call {
  const { url, adminToken } = chance.pick(nodes)
  return { url: url + path, init: post(body, { authorization: `Bearer ${adminToken}` }) }
}

function post(body: object, headers: Record<string, string>): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  }
}
