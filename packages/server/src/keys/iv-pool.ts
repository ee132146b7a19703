const IV_BYTES = 12
const IVS_PER_DRAW = 4096

/**
 * Fresh 96-bit IVs, 4,096 from one draw of the system's random source: one draw an IV costs more than the sealing.
 *
 * Every byte is handed out once. Node cannot fork a heap (child processes, cluster and worker threads load their modules
 * anew), so no two threads or processes ever hold the same pool.
 */
export function ivPool(random: (size: number) => Buffer): () => Buffer {
  let pool: Buffer = Buffer.alloc(0)
  let used = 0
  return () => {
    if (used === pool.length) {
      pool = random(IV_BYTES * IVS_PER_DRAW)
      used = 0
    }
    used += IV_BYTES
    return pool.subarray(used - IV_BYTES, used)
  }
}
