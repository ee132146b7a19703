import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { Settings } from '../settings.ts'
import { type Finding, fine, risky, wrong } from './finding.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const RENEW_WITHIN_DAYS = 21

/** Whether the outside can reach Heed, and only as it should. */
export async function checkNetwork(parts: {
  readonly settings: Settings
  readonly now: () => Date
}): Promise<readonly Finding[]> {
  const { settings, now } = parts
  return [
    checkEncryption(settings),
    checkProxies(settings),
    await checkPort(settings),
    ...(await checkCertificate(settings, now())),
  ]
}

function checkEncryption({ host, publicUrl, tlsCert }: Settings): Finding {
  const isPrivate = publicUrl === null ? isLoopback(host) : isLoopback(new URL(publicUrl).hostname)
  if (isPrivate) return fine('encryption', 'Only this machine is meant to reach Heed.')
  const isEncrypted = publicUrl === null ? tlsCert !== null : publicUrl.startsWith('https:')
  if (isEncrypted) return fine('encryption', 'Calls from outside are encrypted.')
  return wrong(
    'encryption',
    'Others can reach Heed without TLS: tokens and what people do cross the network in the clear.',
    'Set HEED_TLS_CERT and HEED_TLS_KEY, or put a proxy with TLS in front and set HEED_PUBLIC_URL to its https address.',
  )
}

/** Whoever is trusted can claim any address, and with it another region and another rate limit. */
function checkProxies({ trustedProxies }: Settings): Finding {
  const widest = trustedProxies.filter((range) => range.endsWith('/0'))
  if (widest.length === 0) return fine('trusted-proxies', 'Only named proxies can say who the client is.')
  return wrong(
    'trusted-proxies',
    `HEED_TRUSTED_PROXIES trusts everybody (${widest.join(', ')}): any client can claim any address.`,
    'Name the addresses of your proxies.',
  )
}

async function checkPort({ host, port }: Settings): Promise<Finding> {
  if (port === 0) return fine('port', 'Heed takes any free port.')
  const code = await listenOnce(host, port)
  if (code === null) return fine('port', `Port ${port} is free.`)
  if (code === 'EADDRINUSE') {
    return risky(
      'port',
      `Port ${port} is taken.`,
      'That is right while this Heed runs; otherwise set HEED_PORT.',
    )
  }
  return wrong('port', `Heed cannot listen on ${host}:${port} (${code}).`, 'Correct HEED_HOST or HEED_PORT.')
}

/** The error code, or null when listening worked. */
function listenOnce(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)))
  })
}

async function checkCertificate({ tlsCert, tlsKey }: Settings, now: Date): Promise<Finding[]> {
  if (tlsCert === null || tlsKey === null) return []
  const files = await Promise.all([readFile(tlsCert), readFile(tlsKey)]).catch(() => null)
  if (files === null) {
    return [
      wrong(
        'certificate',
        'HEED_TLS_CERT or HEED_TLS_KEY cannot be read.',
        'Check the paths and the permissions.',
      ),
    ]
  }
  const opened = await openCertificate(files).catch(() => null)
  if (opened === null) {
    return [
      wrong('certificate', 'HEED_TLS_CERT or HEED_TLS_KEY is not PEM.', 'Give a PEM chain and a PEM key.'),
    ]
  }
  return [judgeCertificate(opened, now)]
}

type Opened = { readonly validUntil: Date; readonly isPair: boolean }

/** Rejects when either file is not what it should be. */
async function openCertificate([cert, key]: readonly [Buffer, Buffer]): Promise<Opened> {
  const certificate = new X509Certificate(cert)
  const isPair = certificate.checkPrivateKey(createPrivateKey(key))
  return { validUntil: new Date(certificate.validTo), isPair }
}

function judgeCertificate({ validUntil, isPair }: Opened, now: Date): Finding {
  if (!isPair)
    return wrong('certificate', 'HEED_TLS_KEY is not the key of HEED_TLS_CERT.', 'Give the matching pair.')
  const days = Math.floor((validUntil.getTime() - now.getTime()) / DAY_MS)
  if (days < 0) return wrong('certificate', 'The certificate has expired.', 'Renew it and start again.')
  if (days < RENEW_WITHIN_DAYS)
    return risky('certificate', `The certificate expires in ${days} days.`, 'Renew it.')
  return fine('certificate', `The certificate is good for ${days} days.`)
}

function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '')
  return name === 'localhost' || (ipaddr.isValid(name) && ipaddr.process(name).range() === 'loopback')
}
