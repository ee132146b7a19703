/** One row of the stage: an item, judged by nobody yet. */
export type StageRow = {
  readonly ord: number
  readonly workspaceId: string
  readonly sourceId: string
  readonly id: string
  /** Null for an item that will be dropped: it needs no person. */
  readonly subjectId: string | null
  readonly keyId: string | null
  /** The identifier whose owner must still be `subjectId` when the row is inserted. */
  readonly ownerDigest: Buffer | null
  readonly digests: readonly Buffer[]
  /** Aligned with `digests`: 1 user id, 2 anonymous id, 3 address, 4 device. */
  readonly roles: readonly number[]
  readonly hasUserId: boolean
  /** 16 bytes, which the stage reads as a uuid. */
  readonly messageDigest: Buffer | null
  readonly type: string
  readonly name: string | null
  readonly eventAt: number
  readonly clientAt: number
  readonly receivedAt: number
  readonly arrivedAt: number
  readonly isRecorded: boolean
  /**
   * What becomes of it where something stands against one of its identifiers. `refuse`: it is dropped. `store`: it is stored
   * all the same, as an opt-out whose device said no before. `move`: whoever staged it had found nothing and begins again.
   */
  readonly ifSuppressed: 'refuse' | 'store' | 'move'
  readonly campaign: string | null
  readonly revenue: string | null
  readonly currency: string | null
  readonly sealed: Buffer | null
  /** `order` or `refund`: the row is a purchase too, of `revenue`. */
  readonly purchaseKind: string | null
  readonly orderSealed: Buffer | null
}

const HEADER = Buffer.from('5047434f50590aff0d0a000000000000000000', 'hex')
const TRAILER = Buffer.from('ffff', 'hex')
const FIELDS = 25
const BYTEA_OID = 17
const INT2_OID = 21
/** 2000-01-01, where PostgreSQL's binary timestamps begin. */
const EPOCH_MS = 946_684_800_000

/**
 * Rows in PostgreSQL's binary COPY format (docs: sql-copy, "Binary Format"). Binary COPY of ciphertext carried four times
 * the rows of arrays through `unnest` (ADR 0005), and its text form would double every sealed byte.
 */
export function encodeStage(rows: readonly StageRow[]): Buffer {
  const writer = new Writer(rows.reduce((size, row) => size + estimate(row), HEADER.length + TRAILER.length))
  writer.raw(HEADER)
  for (const row of rows) writeRow(writer, row)
  writer.raw(TRAILER)
  return writer.done()
}

function estimate(row: StageRow): number {
  const text = (row.name?.length ?? 0) + (row.campaign?.length ?? 0) + row.type.length
  const sealed = (row.sealed?.length ?? 0) + (row.orderSealed?.length ?? 0)
  return 440 + text * 4 + row.digests.length * 32 + sealed
}

function writeRow(to: Writer, row: StageRow): void {
  to.int2(FIELDS)
  to.int4Field(row.ord)
  to.uuid(row.workspaceId)
  to.uuid(row.sourceId)
  to.uuid(row.id)
  to.uuid(row.subjectId)
  to.uuid(row.keyId)
  to.bytes(row.ownerDigest)
  to.byteaArray(row.digests)
  to.int2Array(row.roles)
  to.bool(row.hasUserId)
  to.bytes(row.messageDigest)
  to.text(row.type)
  to.text(row.name)
  to.timestamp(row.eventAt)
  to.timestamp(row.clientAt)
  to.timestamp(row.receivedAt)
  to.timestamp(row.arrivedAt)
  to.bool(row.isRecorded)
  to.text(row.ifSuppressed)
  to.text(row.campaign)
  to.text(row.revenue)
  to.text(row.currency)
  to.bytes(row.sealed)
  to.text(row.purchaseKind)
  to.bytes(row.orderSealed)
}

class Writer {
  #buffer: Buffer
  #at = 0

  constructor(size: number) {
    this.#buffer = Buffer.allocUnsafe(size)
  }

  #room(size: number): void {
    if (this.#at + size <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + size))
    this.#buffer.copy(larger, 0, 0, this.#at)
    this.#buffer = larger
  }

  raw(bytes: Buffer): void {
    this.#room(bytes.length)
    this.#at += bytes.copy(this.#buffer, this.#at)
  }

  int2(value: number): void {
    this.#room(2)
    this.#at = this.#buffer.writeInt16BE(value, this.#at)
  }

  #int4(value: number): void {
    this.#room(4)
    this.#at = this.#buffer.writeInt32BE(value, this.#at)
  }

  int4Field(value: number): void {
    this.#int4(4)
    this.#int4(value)
  }

  bytes(value: Buffer | null): void {
    if (value === null) {
      this.#int4(-1)
      return
    }
    this.#int4(value.length)
    this.raw(value)
  }

  text(value: string | null): void {
    if (value === null) {
      this.#int4(-1)
      return
    }
    const size = Buffer.byteLength(value)
    this.#int4(size)
    this.#room(size)
    this.#at += this.#buffer.write(value, this.#at)
  }

  uuid(value: string | null): void {
    if (value === null) {
      this.#int4(-1)
      return
    }
    this.#int4(16)
    this.#room(16)
    this.#at += this.#buffer.write(value.replaceAll('-', ''), this.#at, 'hex')
  }

  bool(value: boolean): void {
    this.#int4(1)
    this.#room(1)
    this.#at = this.#buffer.writeUInt8(value ? 1 : 0, this.#at)
  }

  /** Whole milliseconds apart from their fraction: far years in microseconds are beyond what a number holds exactly. */
  timestamp(unixMs: number): void {
    const whole = Math.floor(unixMs)
    const micros = BigInt(whole - EPOCH_MS) * 1000n + BigInt(Math.floor((unixMs - whole) * 1000))
    this.#int4(8)
    this.#room(8)
    this.#at = this.#buffer.writeBigInt64BE(micros, this.#at)
  }

  byteaArray(values: readonly Buffer[]): void {
    const size = 20 + values.reduce((sum, value) => sum + 4 + value.length, 0)
    this.#arrayHeader({ size, oid: BYTEA_OID, count: values.length })
    for (const value of values) this.bytes(value)
  }

  int2Array(values: readonly number[]): void {
    this.#arrayHeader({ size: 20 + values.length * 6, oid: INT2_OID, count: values.length })
    for (const value of values) {
      this.#int4(2)
      this.int2(value)
    }
  }

  #arrayHeader({ size, oid, count }: { size: number; oid: number; count: number }): void {
    this.#int4(size)
    this.#int4(1)
    this.#int4(0)
    this.#int4(oid)
    this.#int4(count)
    this.#int4(1)
  }

  done(): Buffer {
    return this.#buffer.subarray(0, this.#at)
  }
}
