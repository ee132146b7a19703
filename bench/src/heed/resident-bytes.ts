import { readFile } from 'node:fs/promises'

/** Memory a process holds now; 0 where the machine does not tell (Linux does, in procfs). */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1_024
}
