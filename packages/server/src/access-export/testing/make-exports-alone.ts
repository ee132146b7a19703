import { randomBytes } from 'node:crypto'
import { newUuid } from '@heed/core'
import { masterKey } from '../../keys/master-key.ts'
import { openKeyStore } from '../../keys/open-key-store.ts'
import { openDatabase } from '../../store/database.ts'
import { claimTasks } from '../../work/claim-tasks.ts'
import { runTasks } from '../../work/run-tasks.ts'
import { makeExport } from '../make-export.ts'

/** A process that makes what is due and says how much memory it took at most: `node make-exports-alone.ts <url> <key>`. */
const [url = '', rawKey = ''] = process.argv.slice(2)
const now = () => new Date()
const newId = () => newUuid(Date.now(), randomBytes)
const database = openDatabase({ url, connections: { control: 2, ingest: 1, gate: 1 } })
const keys = openKeyStore({
  connection: { connectionString: url },
  masterKey: masterKey(Buffer.from(rawKey, 'hex')),
  now,
  random: randomBytes,
  onConnectionLost: () => undefined,
})
const claims = claimTasks({ pool: database.pool, worker: 'alone', states: ['making'] })
const making = {
  pool: database.pool,
  keys,
  now,
  newId,
  backupRetentionDays: 35,
  claims,
  issueReceipts: async () => 0,
}
const before = process.memoryUsage.rss()
const errors: unknown[] = []
const turns = await runTasks({
  claims,
  steps: { making: (task) => makeExport(making, task) },
  log: { error: (fields: object) => void errors.push(fields) },
  signal: new AbortController().signal,
})
await keys.close()
await database.close()
const most = process.resourceUsage().maxRSS * 1024
process.stdout.write(JSON.stringify({ turns, errors: errors.map(String), before, most }))
