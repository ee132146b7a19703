import { type DestinationStream, type Logger, pino } from 'pino'
import { describeError } from './log-error.ts'

export type Log = Logger

/**
 * Everything a log line may carry. A field that is not here is dropped and its name is put into `droppedFields`, so that a
 * person's data cannot reach a log by somebody's adding one more field in a hurry (promise 11).
 */
export const LOG_FIELDS: ReadonlySet<string> = new Set([
  'actor',
  'attempt',
  'batches',
  'bytes',
  'check',
  'code',
  'count',
  'dataDir',
  'durationMs',
  'err',
  'events',
  'from',
  'items',
  'job',
  'lane',
  'listening',
  'method',
  'migration',
  'name',
  'nodeId',
  'partition',
  'pid',
  'position',
  'reason',
  'requestId',
  'role',
  'route',
  'seq',
  'signal',
  'sourceId',
  'status',
  'step',
  'until',
  'variable',
  'version',
  'workspaceId',
])

/** Lines of JSON with the time in ISO form. Host name and process id are left to whoever collects the lines. */
export function createLog(options: { level: string; destination?: DestinationStream }): Log {
  const shape = {
    level: options.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: describeError, error: describeError },
    formatters: {
      level: (label: string) => ({ level: label }),
      bindings: onlyKnownFields,
      log: onlyKnownFields,
    },
  }
  return options.destination === undefined ? pino(shape) : pino(shape, options.destination)
}

function onlyKnownFields(fields: Record<string, unknown>): Record<string, unknown> {
  const names = Object.keys(fields)
  const dropped = names.filter((name) => !LOG_FIELDS.has(name))
  if (dropped.length === 0) return fields
  const kept = Object.fromEntries(Object.entries(fields).filter(([name]) => LOG_FIELDS.has(name)))
  return { ...kept, droppedFields: dropped }
}
