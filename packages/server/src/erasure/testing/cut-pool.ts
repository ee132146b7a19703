import pg from 'pg'

/** A pool whose process dies: at one statement, before or after the server has carried it out. */
export type CutPool = {
  readonly pool: pg.Pool
  /** Statements seen before the end. */
  readonly seen: () => number
  readonly isDead: () => boolean
  readonly close: () => Promise<void>
}

type Cut = { readonly at: number; readonly when: 'before' | 'after' }

/** From the cut on every statement fails, as nothing more comes from a process that was killed. */
export function cutPool(url: string, cut: Cut): CutPool {
  const pool = new pg.Pool({ connectionString: url, max: 4 })
  pool.on('error', () => {})
  let seen = 0
  let isDead = false
  const die = (client: pg.PoolClient): never => {
    isDead = true
    // The socket goes away without a word; the server rolls back what was open.
    client.release(true)
    throw new Error('killed')
  }
  const connect = pool.connect.bind(pool)
  const dying = Object.create(pool, {
    connect: {
      value: async () => {
        if (isDead) throw new Error('killed')
        const client = await connect()
        const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>
        return new Proxy(client, {
          get(target, name) {
            if (name === 'release') return () => isDead || target.release()
            if (name !== 'query') return Reflect.get(target, name)
            return async (...args: unknown[]) => {
              if (isDead) throw new Error('killed')
              seen += 1
              if (seen === cut.at && cut.when === 'before') die(target)
              const result = await query(...args)
              if (seen === cut.at && cut.when === 'after') die(target)
              return result
            }
          },
        })
      },
    },
    // The pool's own would connect by a callback, and wait for ever.
    query: {
      value: async (sql: string, values?: unknown[]) => {
        const client: pg.PoolClient = await dying.connect()
        return client.query(sql, values).finally(() => client.release())
      },
    },
  })
  return { pool: dying, seen: () => seen, isDead: () => isDead, close: () => pool.end() }
}
