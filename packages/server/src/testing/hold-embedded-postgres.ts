import { startEmbeddedPostgres } from '../store/embedded/start-embedded-postgres.ts'

/** A process that holds an embedded server until it is killed, for tests: `node hold-embedded-postgres.ts <data folder>`. */
const [dataDir = ''] = process.argv.slice(2)
const log = { info() {}, warn() {}, error: console.error }
const server = await startEmbeddedPostgres({ dataDir, log, durability: 'throw-away' })
console.log(JSON.stringify({ url: server.url, pid: server.pid }))
setInterval(() => {}, 60_000)
