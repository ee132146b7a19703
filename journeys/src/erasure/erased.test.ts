import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSettings, restoreInto } from '@heed/server'
import { afterAll, expect, test } from 'vitest'
import { bootHeed } from '../boot/boot-heed.ts'
import { runHeedCommand } from '../clients/heed-command.ts'
import { filesUnder } from '../traces/read-everything.ts'
import { newSecrets } from '../traces/secrets.ts'
import {
  askToErase,
  findSubjects,
  receiptsOf,
  requestAt,
  type SignedReceipt,
  subjectOf,
} from './erase-door.ts'
import {
  askEveryDoor,
  DOORS_THAT_SHOW_PEOPLE,
  doorsThatTell,
  placesThatTell,
  reportsOf,
} from './every-door.ts'
import { comeBack, liveInTheShop } from './shop-life.ts'
import { backupAsText, lookInside, placesWithKeys, wrappedKeysOf } from './wrapped-keys.ts'

/** One story, told in order: Ada is erased where an erase is for good at once. Bea, who bought the same, is not. */
const PATIENCE = { timeout: 20_000 }
const heed = await bootHeed({ settings: { HEED_REVERSAL_DAYS: '0', HEED_LOG_LEVEL: 'trace' } })
const kept = await mkdtemp(join(tmpdir(), 'heed-kept-'))
afterAll(async () => {
  await heed.remove()
  await rm(kept, { recursive: true, force: true })
})

const [ada, bea] = [newSecrets(), newSecrets()]
const before = join(kept, 'before.backup')
const [receiptFile, keysFile] = [join(kept, 'receipt.json'), join(kept, 'keys.json')]
const backUp = (file: string) => runHeedCommand(['backup', file], { HEED_DATA_DIR: heed.dataDir }).exitCode
const verify = (file: string) => runHeedCommand(['verify', file, '--keys', keysFile])

let adasId = ''
let beasId = ''
let adasKeys: readonly string[] = []
let counted: readonly string[] = []
let erasure = ''
let unusedLink = ''

test('what Ada and Bea do in the shop can be read, and counts in every report', async () => {
  await liveInTheShop(heed, ada)
  await liveInTheShop(heed, bea)
  ;[adasId = ''] = await findSubjects(heed, ada)
  ;[beasId = ''] = await findSubjects(heed, bea)
  const told = await askEveryDoor(heed, ada, adasId)
  expect(doorsThatTell(told, ada)).toEqual(DOORS_THAT_SHOW_PEOPLE)
  counted = await reportsOf(heed)
  expect(counted.join()).toContain('"gross":"85')
  adasKeys = await wrappedKeysOf(heed.dataDir, adasId)
  expect(placesWithKeys(await filesUnder(heed.dataDir), adasKeys).length).toBeGreaterThan(0)
  expect(backUp(before)).toBe(0)
  expect(placesWithKeys([await backupAsText(before)], adasKeys)).toEqual([before])
})

test('a copy of her data is made for her, with a link that she has not used yet', async () => {
  const { id } = (await heed.control('/api/v1/requests', { type: 'access', subject: subjectOf(ada) })) as {
    id: string
  }
  await expect
    .poll(() => heed.control(`/api/v1/requests/${id}/export`), PATIENCE)
    .toMatchObject({ state: 'ready' })
  const { url } = (await heed.control(`/api/v1/requests/${id}/download-links`, {})) as { url: string }
  unusedLink = url
})

test('the preview says what an erase would do, and changes nothing', async () => {
  const preview = await heed.control('/api/v1/erasure-previews', { subject: subjectOf(ada) })
  expect(preview).toMatchObject({
    subjects: [{ id: adasId }],
    tables: expect.arrayContaining([
      expect.objectContaining({ table: 'event', action: 'anonymised', rows: 6 }),
      expect.objectContaining({ table: 'purchase', action: 'anonymised', rows: 2 }),
    ]),
    revenueImpact: [{ currency: 'EUR', orders: 1, refunds: 1, net: '30.25' }],
  })
  expect(await findSubjects(heed, ada)).toEqual([adasId])
})

test('from the answer to the erase on no door tells anything of her, nor lets her back in', async () => {
  const preview = await heed.control('/api/v1/erasure-previews', { subject: subjectOf(ada) })
  const { planHash } = preview as { planHash: string }
  erasure = (await askToErase(heed, ada, { planHash, jurisdiction: 'gdpr' })).id
  expect(doorsThatTell(await askEveryDoor(heed, ada, adasId), ada)).toEqual([])
  expect(await reportsOf(heed)).toEqual(counted)
  expect((await fetch(unusedLink)).status).toBe(404)
  await comeBack(heed, ada)
  expect(await findSubjects(heed, ada)).toEqual([])
  expect(await reportsOf(heed)).toEqual(counted)
})

test('her keys are destroyed and her rows scrubbed, and a search finds nothing left', async () => {
  await expect.poll(() => requestAt(heed, erasure), PATIENCE).toMatchObject({ status: 'settled' })
  await expect
    .poll(async () => (await receiptsOf(heed, erasure))[0]?.receipt.outcome, PATIENCE)
    .toBe('confirmed')
  const [confirmed, accepted] = await receiptsOf(heed, erasure)
  expect(confirmed?.receipt).toMatchObject({
    proof: 'looked-again',
    stillFound: null,
    supersedes: accepted?.receipt.receiptId ?? null,
    jurisdiction: 'gdpr',
  })
  expect(await reportsOf(heed)).toEqual(counted)
  expect(doorsThatTell(await askEveryDoor(heed, ada, adasId), ada)).toEqual([])
  expect(doorsThatTell(await askEveryDoor(heed, bea, beasId), bea)).toContain('timeline')
  await writeFile(receiptFile, JSON.stringify(confirmed))
  await writeFile(keysFile, JSON.stringify(await heed.control('/.well-known/heed-keys.json')))
})

test('no file of the database has a byte of her keys any more, and none ever had one of her names', async () => {
  // The cleaning comes round every quarter of an hour, and at every start.
  await heed.kill('SIGTERM')
  expect(placesWithKeys(await filesUnder(heed.dataDir), adasKeys).length).toBeGreaterThan(0)
  await heed.restart()
  await expect.poll(isCleaned, PATIENCE).toBe(true)
  await heed.kill('SIGTERM')
  const files = await filesUnder(heed.dataDir)
  expect(files.some(({ where }) => where.includes('/pg_wal/'))).toBe(true)
  expect(files.some(({ text }) => text.includes('Order Refunded'))).toBe(true)
  expect(placesWithKeys(files, adasKeys)).toEqual([])
  expect(placesThatTell(files, ada)).toEqual([])
  expect(placesThatTell([{ where: 'what Heed printed', text: heed.printed() }], ada)).toEqual([])
  await heed.restart()
})

test('a backup that is made now holds neither', async () => {
  const after = join(kept, 'after.backup')
  expect(backUp(after)).toBe(0)
  const backup = await backupAsText(after)
  expect(backup.text).toContain('Order Refunded')
  expect(placesWithKeys([backup], adasKeys)).toEqual([])
  expect(placesThatTell([backup], ada)).toEqual([])
})

test('the backup of before does not bring her back: the journal erases her again before anything answers', async () => {
  await heed.kill('SIGTERM')
  const read = readSettings({ HEED_DATA_DIR: heed.dataDir, HEED_REVERSAL_DAYS: '0' })
  if (read.kind === 'wrong') throw new Error(read.problems.join())
  await cp(before, join(heed.dataDir, 'before.backup'))
  await rm(join(heed.dataDir, 'postgres'), { recursive: true })
  const log = { info() {}, warn() {}, error: console.error }
  await restoreInto({ settings: read.settings, log }, join(heed.dataDir, 'before.backup'))
  await heed.restart()
  expect(doorsThatTell(await askEveryDoor(heed, ada, adasId), ada)).toEqual([])
  await comeBack(heed, ada)
  expect(await findSubjects(heed, ada)).toEqual([])
  expect(doorsThatTell(await askEveryDoor(heed, bea, beasId), bea)).toContain('timeline')
  expect(await reportsOf(heed)).toEqual(counted)
})

test('promise 12: with no Heed there at all the receipt is verified, and one changed byte fails it', async () => {
  await heed.kill('SIGTERM')
  const good = verify(receiptFile)
  expect([good.exitCode, good.out]).toEqual([0, expect.stringContaining('a search afterwards found nothing')])
  const genuine = await readFile(receiptFile, 'utf8')
  const changes = [
    genuine.replace('"outcome":"confirmed"', '"outcome":"cancelled"'),
    ...[0.05, 0.5, 0.9].map((part) => withOtherByte(genuine, part)),
  ]
  for (const [at, changed] of changes.entries()) {
    const file = join(kept, `changed-${at}.json`)
    await writeFile(file, changed)
    expect([at, verify(file).exitCode]).toEqual([at, 1])
  }
})

async function isCleaned(): Promise<boolean> {
  const [state] = await lookInside<{ isCleaned: boolean }>(
    heed.dataDir,
    'select removed_at is not null and cleaned_at = removed_at as "isCleaned" from key_removal',
  )
  return state?.isCleaned ?? false
}

/** The signed text with one of its characters exchanged, this far into it. */
function withOtherByte(receipt: string, part: number): string {
  const { jws } = JSON.parse(receipt) as SignedReceipt
  const at = Math.floor(jws.length * part)
  const other = jws[at] === 'A' ? 'B' : 'A'
  return receipt.replace(jws, `${jws.slice(0, at)}${other}${jws.slice(at + 1)}`)
}
