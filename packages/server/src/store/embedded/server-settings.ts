import { totalmem } from 'node:os'

type ServerPlace = { readonly cluster: string; readonly sockets: string; readonly isThrowAway: boolean }

/** The server's command line. Said there rather than in postgresql.conf, so that a newer Heed brings its own settings. */
export function serverArguments({ cluster, sockets, isThrowAway }: ServerPlace): readonly string[] {
  const settings = { ...SETTINGS, ...(isThrowAway ? THROW_AWAY : {}), unix_socket_directories: sockets }
  return ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/** An eighth of the memory: what a laptop can spare; the indexes that ingest probes fit in 2 GB at ten million events. */
function sharedBuffersMb(): number {
  const eighth = Math.floor(totalmem() / 8 / 1024 / 1024)
  return Math.min(4_096, Math.max(256, eighth))
}

const SETTINGS = {
  listen_addresses: '',
  port: '5432',
  unix_socket_permissions: '0700',
  max_connections: '100',
  shared_buffers: `${sharedBuffersMb()}MB`,
  // Identifiers and message ids land anywhere in their indexes: each checkpoint makes every page they touch go whole into
  // the log once more. Rarer ones and more memory took a quarter off the database's time for an event (358 to 265 µs).
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
  // pglz is the only method these binaries have; it cut ingest from 22,000 to 6,700 events/s.
  wal_compression: 'off',
  jit: 'off',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
  // An error's DETAIL, CONTEXT and STATEMENT can hold what a client sent; no log line may.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
} as const

/** For clusters nobody will miss: they survive a kill of every process, and not the machine's. */
const THROW_AWAY = {
  fsync: 'off',
  full_page_writes: 'off',
  shared_buffers: '128MB',
  max_connections: '300',
  wal_level: 'minimal',
  max_wal_senders: '0',
  autovacuum_naptime: '5min',
} as const
