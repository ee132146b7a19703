import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildApp } from './app.ts'
import { captureOutput } from './testing/capture-output.ts'
import { TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from './testing/test-certificate.ts'

test('speaks TLS when it has a certificate', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'heed-tls-'))
  const [tlsCert, tlsKey] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  await writeFile(tlsCert, TEST_CERTIFICATE)
  await writeFile(tlsKey, TEST_CERTIFICATE_KEY)
  const app = await buildApp({
    settings: { trustedProxies: [], tlsCert, tlsKey },
    ...captureOutput(),
    authenticate: () => Promise.reject(new Error('nobody signs in here')),
    newRequestId: () => 'one',
  })
  app.get('/here', async (call) => ({ protocol: call.protocol }))
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  expect(await getJson(`https://localhost:${port}/here`)).toEqual({ protocol: 'https' })
  await app.close()
  await rm(folder, { recursive: true })
})

function getJson(url: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = request(url, { ca: TEST_CERTIFICATE, agent: false }, (answer) => {
      answer.on('data', (chunk) => resolve(JSON.parse(String(chunk))))
    })
    call.on('error', reject).end()
  })
}
