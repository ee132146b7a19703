import { afterAll } from 'vitest'
import { type Boot, bootHeed, type Heed } from './boot-heed.ts'
import { cloneDatabase } from './clone-database.ts'

/** A Heed for one test file, on a database of its own: `const heed = await journeyHeed()` at the top of it. */
export async function journeyHeed({ settings = {} }: Pick<Boot, 'settings'> = {}): Promise<Heed> {
  const database = await cloneDatabase()
  const heed = await bootHeed({ databaseUrl: database.url, settings })
  afterAll(async () => {
    await heed.remove()
    await database.drop()
  })
  return heed
}
