import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readlinkSync } from 'node:fs'

/** One run of one process. The pid alone is not enough: pids are used again, after a reboot almost in the same order. */
export type ProcessIdentity = {
  readonly pid: number
  /** Differs between any two processes that had the same pid. Empty when it could not be learnt. */
  readonly startedAt: string
  /** Where the pid means something: another container on the same folder has its own pids. Empty outside Linux. */
  readonly namespace: string
}

export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, startedAt: startTimeOf(process.pid) ?? '', namespace: pidNamespace() }
}

/** `unknown` when the process lives, or lived, among the pids of another container. */
export function fateOf(identity: ProcessIdentity): 'alive' | 'gone' | 'unknown' {
  if (identity.namespace !== pidNamespace()) return 'unknown'
  const startedAt = startTimeOf(identity.pid)
  if (startedAt === null) return 'gone'
  return identity.startedAt === '' || identity.startedAt === startedAt ? 'alive' : 'gone'
}

/** A dead process that nobody has reaped (Node as PID 1 in a container) still has its pid: it counts as gone. */
export function isAlive(pid: number): boolean {
  return startTimeOf(pid) !== null
}

/** What a process was started with, joined by spaces; null when it is gone or hidden. */
export function commandLineOf(pid: number): string | null {
  if (!hasProc()) return ps(pid, 'command=')
  return readOrNull(`/proc/${pid}/cmdline`)?.split('\0').join(' ').trim() ?? null
}

function startTimeOf(pid: number): string | null {
  if (!hasProc()) return ps(pid, 'lstart=')
  const stat = readOrNull(`/proc/${pid}/stat`)
  if (stat === null) return null
  // The second field is the program's name in brackets and may hold anything, brackets and spaces included.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const state = fields[0]
  const startTicks = fields[19]
  if (state === 'Z' || state === 'X' || startTicks === undefined) return null
  return `${bootId()}:${startTicks}`
}

function hasProc(): boolean {
  return existsSync('/proc/self/stat')
}

function bootId(): string {
  return readOrNull('/proc/sys/kernel/random/boot_id')?.trim() ?? ''
}

function pidNamespace(): string {
  return hasProc() ? readlinkSync('/proc/self/ns/pid') : ''
}

function ps(pid: number, column: string): string | null {
  try {
    const line = execFileSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' })
    return line.trim() === '' ? null : line.trim()
  } catch {
    return null
  }
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
