import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const MAIN = 'packages/server/src/main.ts'

export type HeedProcess = {
  readonly pid: number
  readonly url: string
  readonly hasEnded: () => boolean
  /** Resolves when the process is gone, with its exit code; null when a signal ended it. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | null>
}

type Start = {
  readonly settings: Readonly<Record<string, string>>
  /** Gets every piece of stdout and stderr. */
  readonly onPrint: (text: string) => void
}

/** Runs `node packages/server/src/main.ts` with these settings and no others, and resolves when /readyz answers 200. */
export async function startHeedProcess({ settings, onPrint }: Start): Promise<HeedProcess> {
  const child = spawn(process.execPath, [MAIN], {
    cwd: ROOT,
    env: { ...environmentWithoutHeed(), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit')
  const stopWithUs = () => child.kill('SIGTERM')
  // A test that fails before it has stopped its Heed must not leave one behind.
  process.once('exit', stopWithUs)
  child.once('exit', () => process.off('exit', stopWithUs))
  const greeting = readGreeting(child, onPrint)
  const url = await Promise.race([greeting, ended.then(([code]) => refusal(code))])
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  await untilReady(url, hasEnded)
  return {
    pid: child.pid ?? 0,
    url,
    hasEnded,
    async end(signal) {
      child.kill(signal)
      await ended
      return child.exitCode
    },
  }
}

/** What a developer has set for a Heed of their own must not change a journey. */
function environmentWithoutHeed(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HEED_')))
}

/** The address in the line every start prints. */
function readGreeting(child: ChildProcess, onPrint: (text: string) => void): Promise<string> {
  return new Promise((resolve) => {
    let printed = ''
    const read = (chunk: Buffer) => {
      const text = chunk.toString('utf8')
      onPrint(text)
      printed += text
      const address = /^Heed answers at (\S+)/m.exec(printed)?.[1]
      if (address !== undefined) resolve(address)
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
  })
}

function refusal(code: number | null): never {
  throw new Error(`Heed ended with ${code ?? 'a signal'} before it answered`)
}

async function untilReady(url: string, hasEnded: () => boolean): Promise<void> {
  const isReady = await fetch(`${url}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  )
  if (isReady) return
  if (hasEnded()) throw new Error('Heed ended before it was ready')
  await new Promise((resolve) => setTimeout(resolve, 20))
  return untilReady(url, hasEnded)
}
