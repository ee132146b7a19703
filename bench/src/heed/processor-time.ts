import { readdir, readFile } from 'node:fs/promises'

const MS_PER_TICK = 10

/**
 * Milliseconds of processor time a process and its children have taken, living ones and those that have ended; 0 where the
 * machine does not tell (Linux does, in procfs).
 */
export async function processorTimeOf(pid: number): Promise<number> {
  const stats = await allStats()
  const family = stats.filter((stat) => stat.pid === pid || stat.parent === pid)
  return family.reduce((sum, { ticks }) => sum + ticks, 0) * MS_PER_TICK
}

/** The process that a server's process was started by; 0 where there is no such process here. */
export async function parentOf(pid: number): Promise<number> {
  return (await statOf(String(pid)))?.parent ?? 0
}

type Stat = { readonly pid: number; readonly parent: number; readonly ticks: number }

async function allStats(): Promise<Stat[]> {
  const names = await readdir('/proc').catch(() => [])
  const stats = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(statOf))
  return stats.flatMap((stat) => stat ?? [])
}

/** The name in the second field may hold blanks, so the fields are counted from its closing bracket. */
async function statOf(pid: string): Promise<Stat | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  if (text === null) return null
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [utime, stime, childUtime, childStime] = fields.slice(11, 15).map(Number)
  const ticks = (utime ?? 0) + (stime ?? 0) + (childUtime ?? 0) + (childStime ?? 0)
  return { pid: Number(pid), parent: Number(fields[1]), ticks }
}
