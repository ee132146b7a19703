import { generateKeyPairSync, sign } from 'node:crypto'
import { receiptOfTask, signReceipt } from '@heed/core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hasChromium, openBrowser } from './clients/browser.ts'
import { confirmedErase, RECEIPT_OPENING } from './receipts/confirmed-erase.ts'

const PAGE = new URL('../../docs/verify-receipt.html', import.meta.url)

function signedBy(keyId: string) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const receipt = receiptOfTask(confirmedErase())
  const jws = signReceipt(receipt, { keyId, sign: (message) => sign(null, message, privateKey) })
  const { kty, crv, x } = publicKey.export({ format: 'jwk' })
  return {
    file: JSON.stringify({ receipt, jws }),
    copy: JSON.stringify({ receipt, jws, opening: RECEIPT_OPENING }),
    jws,
    keys: JSON.stringify({ keys: [{ kty, crv, kid: keyId, x, retiredAt: null }] }),
  }
}

const genuine = signedBy('key-1')

describe.skipIf(!hasChromium)('the page that checks receipts, opened from a disk', () => {
  let browser: Browser
  let page: Page
  let asked: string[]
  let complaints: string[]

  beforeAll(async () => {
    browser = await openBrowser()
  })
  afterAll(() => browser.close())
  beforeEach(async () => {
    await page?.context().close()
    page = await (await browser.newContext()).newPage()
    asked = []
    complaints = []
    page.on('request', (request) => asked.push(request.url()))
    page.on('pageerror', ({ message }) => complaints.push(message))
    page.on('console', (message) => complaints.push(message.text()))
    await page.goto(PAGE.href)
  })

  const choose = (name: 'receipt' | 'keys', text: string) =>
    page.setInputFiles(`#${name}`, {
      name: `${name}.json`,
      mimeType: 'application/json',
      buffer: Buffer.from(text),
    })
  const check = async (receipt: string, keys = genuine.keys) => {
    await choose('receipt', receipt)
    await choose('keys', keys)
    await page.waitForSelector('.verdict.good, .verdict.bad')
    return `${await page.textContent('#verdict')}\n${await page.textContent('#facts')}`
  }

  test('says that a genuine receipt is genuine, and what it proves and what not', async () => {
    const said = await check(genuine.file)
    expect(said).toMatch(/^✓ Genuine/)
    expect(said).toContain('Valid: signed on 2026-11-08 10:05:01 UTC with key key-1')
    expect(said).toContain('a search afterwards found nothing')
    expect(said).toContain('Rows: 130 rows matched, 10 removed, 120 kept.')
    expect(said).toMatch(/What it proves.*Where something may still lie.*What it does not prove/s)
    expect(await page.getAttribute('#verdict', 'aria-live')).toBe('polite')
    expect(await page.isVisible('.verdict.good')).toBe(true)
  })

  test('takes the bare signed text, and says whom a person’s copy is about', async () => {
    expect(await check(genuine.jws)).toMatch(/^✓ Genuine/)
    await page.reload()
    expect(await check(genuine.copy)).toContain(`It is about ${RECEIPT_OPENING.subjectId}`)
  })

  test('one changed byte fails', async () => {
    expect(await check(genuine.file.replace('"confirmed"', '"cancelled"'))).toMatch(/^✗ Not genuine/)
    await page.reload()
    const place = Math.floor(genuine.jws.length / 2)
    const other = genuine.jws[place] === 'A' ? 'B' : 'A'
    const changed = `${genuine.jws.slice(0, place)}${other}${genuine.jws.slice(place + 1)}`
    expect(await check(changed)).toMatch(/^✗ Not genuine.*It was changed, or signed by somebody else/s)
    expect(await page.isVisible('.verdict.bad')).toBe(true)
  })

  test('keys of somebody else fail, and so do their own under the same name', async () => {
    expect(await check(genuine.file, signedBy('key-2').keys)).toMatch(/^✗ Not genuine.*none of these keys/s)
    await page.reload()
    expect(await check(genuine.file, signedBy('key-1').keys)).toMatch(/^✗ Not genuine.*did not sign this/s)
  })

  test('garbage gives a sentence', async () => {
    expect(await check('\u0000\uffff garbage <img src=x onerror=alert(1)>')).toContain(
      'this is no receipt of Heed',
    )
    await page.reload()
    expect(await check(genuine.file, 'garbage')).toContain('Nothing was checked')
    await page.reload()
    expect(await check('x'.repeat(2_000_000))).toContain('this is no receipt of Heed')
  })

  test('tells which file is missing, and takes both when they are dropped together', async () => {
    await choose('receipt', genuine.file)
    await page.waitForSelector('.verdict')
    expect(await page.textContent('#verdict')).toContain('Now the keys.')
    await page.reload()
    const texts = JSON.stringify([genuine.keys, genuine.file])
    const dataTransfer = await page.evaluateHandle(`(() => {
      const transfer = new DataTransfer()
      for (const [at, text] of ${texts}.entries()) transfer.items.add(new File([text], at + '.json'))
      return transfer
    })()`)
    await page.dispatchEvent('body', 'drop', { dataTransfer })
    await page.waitForSelector('.verdict.good')
    expect(await page.textContent('#receipt-hint')).toBe('Read: 1.json')
  })

  test('asks nobody, and nothing in it is refused by its own policy', async () => {
    await check(genuine.file)
    expect(asked.filter((url) => !/^(data:|file:)/.test(url))).toEqual([])
    expect(complaints).toEqual([])
  })
})
