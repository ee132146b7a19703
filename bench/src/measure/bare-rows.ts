import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { from as copyFrom } from 'pg-copy-streams'
import { processorTimeOf } from '../heed/processor-time.ts'
import type { World } from '../world/open-world.ts'

const ROWS_PER_COPY = 1_000
/** What sealing makes of the content of a 1 KB event: its type, name and nothing else have columns of their own. */
const SEALED_BYTES = 1_020

/** Beyond any place in the order of things that a world's events have; by it the bare rows are found again. */
const FIRST_SEQ = 4_000_000_000_000_000_000n

/** What a round, or one that was cut off, has left in `event`. */
export async function removeBareRows({ pool, workspaceId }: World): Promise<void> {
  await pool.query('delete from event where workspace_id = $1 and seq >= $2', [
    workspaceId,
    String(FIRST_SEQ),
  ])
}

/**
 * Events a second that PostgreSQL takes when nobody asks anything: one COPY and one commit for every thousand rows, into
 * `event` itself. An empty table with the same indexes takes half as many again, because its indexes fit anywhere.
 */
export async function bareCopyRate(
  { pool, workspaceId, serverPid }: World,
  rows: number,
): Promise<{ rate: number; databaseMicros: number }> {
  const { rows: people } = await pool.query<{ subject_id: string; key_id: string }>(
    'select subject_id, key_id from bench_person order by random() limit 10000',
  )
  const subjects = people.map(({ subject_id, key_id }) => [uuidBytes(subject_id), uuidBytes(key_id)] as const)
  const chunks = Array.from({ length: Math.ceil(rows / ROWS_PER_COPY) }, (_, chunk) =>
    encodeChunk({ workspace: uuidBytes(workspaceId), subjects, first: chunk * ROWS_PER_COPY }),
  )
  const client = await pool.connect()
  const before = await processorTimeOf(serverPid)
  const start = performance.now()
  for (const chunk of chunks) {
    const stream = client.query(copyFrom('copy event from stdin (format binary)'))
    stream.end(chunk)
    await once(stream, 'finish')
  }
  const seconds = (performance.now() - start) / 1_000
  const spent = (await processorTimeOf(serverPid)) - before
  client.release()
  const copied = chunks.length * ROWS_PER_COPY
  return { rate: copied / seconds, databaseMicros: (spent * 1_000) / copied }
}

type Chunk = {
  readonly workspace: Buffer
  readonly subjects: readonly (readonly [Buffer, Buffer])[]
  readonly first: number
}

const HEADER = Buffer.from('5047434f50590aff0d0a000000000000000000', 'hex')
const TRAILER = Buffer.from('ffff', 'hex')
/** 2000-01-01, where PostgreSQL's binary timestamps begin. */
const EPOCH_MS = 946_684_800_000

function encodeChunk({ workspace, subjects, first }: Chunk): Buffer {
  const rows = Array.from({ length: ROWS_PER_COPY }, (_, at) => {
    const [subject, key] = subjects[Math.floor(Math.random() * subjects.length)] ?? [workspace, workspace]
    const now = bigint(BigInt(Date.now() - EPOCH_MS) * 1000n)
    const name = Buffer.from(`Event ${at % 50}`)
    const sealed = randomBytes(SEALED_BYTES)
    const seq = bigint(FIRST_SEQ + BigInt(first + at))
    return row([
      workspace,
      timeOrderedId(),
      seq,
      subject,
      key,
      workspace,
      Buffer.from('track'),
      name,
      now,
      now,
      null,
      null,
      null,
      sealed,
    ])
  })
  return Buffer.concat([HEADER, ...rows, TRAILER])
}

function row(fields: readonly (Buffer | null)[]): Buffer {
  const count = Buffer.alloc(2)
  count.writeInt16BE(fields.length)
  return Buffer.concat([count, ...fields.flatMap((field) => [lengthOf(field), field ?? Buffer.alloc(0)])])
}

function lengthOf(field: Buffer | null): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(field?.length ?? -1)
  return length
}

function bigint(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(value)
  return bytes
}

function timeOrderedId(): Buffer {
  const id = randomBytes(16)
  id.writeUIntBE(Date.now(), 0, 6)
  return id
}

function uuidBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex')
}
