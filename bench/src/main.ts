import { measureAccessExport } from './measure/access-export.ts'
import { measureErasure } from './measure/erasure.ts'
import { measureFlood } from './measure/flood.ts'
import { measureIngest } from './measure/ingest.ts'
import { measureOptOuts } from './measure/opt-out.ts'
import { checkQueryPlans } from './measure/query-plans.ts'
import { measureStartUp } from './measure/start-up.ts'
import { type Measurement, readOptions } from './read-options.ts'
import type { Finding } from './report/finding.ts'
import { tableOf } from './report/print-table.ts'
import { describeMix, EVENT_BYTES, EVENTS_PER_CALL } from './traffic/mix.ts'
import { openWorld } from './world/open-world.ts'
import { describeWorld } from './world/world-size.ts'

const options = readOptions(process.argv.slice(2))
const say = (line: string) => void process.stdout.write(`${line}\n`)
const rounds = { ...options, say }
const isAsked = (measurement: Measurement) => options.only.includes(measurement)

const findings: Finding[] = []
if (isAsked('start-up')) findings.push(...(await measureStartUp(rounds)))
const world = await openWorld(options)
say(describeWorld(world.size))
say(`the traffic: calls of ${EVENTS_PER_CALL} events of ${EVENT_BYTES} bytes, gzip; ${describeMix()}`)
if (isAsked('plans')) findings.push(...(await checkQueryPlans(world)))
if (isAsked('ingest')) findings.push(...(await measureIngest(world, rounds)))
if (isAsked('opt-out')) findings.push(...(await measureOptOuts(world, rounds)))
if (isAsked('erasure')) findings.push(...(await measureErasure(world, rounds)))
if (isAsked('export')) findings.push(...(await measureAccessExport(world, rounds)))
if (isAsked('flood')) findings.push(...(await measureFlood(world, rounds)))
await world.close()
say(`\n${tableOf(findings)}`)
if (findings.some(({ isHeld }) => isHeld === false)) process.exitCode = 1
