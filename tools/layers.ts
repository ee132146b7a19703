import { posix } from 'node:path'
import { COMPUTED_SPECIFIER, type Import, parseSource, type SyntaxNode } from './parse-source.ts'
import { isTestCode, type SourceFile } from './source-files.ts'

/**
 * Every import of this file that the layering does not allow, each as a sentence with its place.
 * The layers are those of ARCHITECTURE.md: core ← protocol ← connectors and server ← what people run.
 */
export function layerViolations(file: SourceFile): readonly string[] {
  const { imports, visits, lineAt } = parseSource(file)
  const from = { path: file.path, unit: unitOf(file.path), isTest: isTestCode(file.path) }
  return [
    ...imports.flatMap((found) => {
      const complaint = complaintAbout(from, found)
      return complaint === null ? [] : [`${file.path}:${found.line} ${complaint}`]
    }),
    ...(mayConnect(from) ? [] : visits.filter(({ node }) => opensConnections(node))).map(
      ({ node }) =>
        `${file.path}:${lineAt(node.start)} opens connections of its own: the store hands them out`,
    ),
  ]
}

/** A package, or a folder of the root that stands for one (`journeys`, `bench`, `tools`). */
interface Importer {
  readonly path: string
  readonly unit: string
  readonly isTest: boolean
}

/** Which of our packages a unit may name. `journeys` and `bench` run the product, so they may name all of them. */
const MAY_NAME: Readonly<Record<string, readonly string[]>> = {
  core: [],
  protocol: ['core'],
  connectors: ['core'],
  server: ['core', 'protocol', 'connectors/kit'],
  sdk: ['protocol'],
  widget: ['protocol'],
  console: ['sdk'],
  cli: ['sdk', 'core'],
  journeys: ['core', 'protocol', 'connectors', 'server', 'sdk', 'cli'],
  bench: ['core', 'protocol', 'connectors', 'server', 'sdk', 'cli'],
  tools: [],
  '.': [],
}

/** Units that must run where nothing is installed: in a browser, or in a caller's program. */
const WITHOUT_DEPENDENCIES = ['core', 'sdk', 'widget']

/** What ships to a browser or a caller takes its types from the wire and loads none of its code. */
const TYPES_ONLY = ['sdk', 'widget']

/** The commands that do their work in this process; every other command goes through the sdk. */
const IN_PROCESS_COMMAND = /^packages\/cli\/src\/(.+\/)?(serve|migrate|doctor|keys|backup|restore)[^/]*$/

const TEST_TOOLS = /^(vitest|fast-check|node:.+)(\/|$)/

function complaintAbout(from: Importer, found: Import): string | null {
  if (found.specifier === COMPUTED_SPECIFIER) {
    return from.isTest ? null : 'imports a module whose name is computed: nobody can check it'
  }
  if (found.specifier.startsWith('.')) return complaintAboutFile(from, resolved(from, found.specifier))
  if (found.specifier.startsWith('@heed/')) return complaintAboutPackage(from, found)
  return complaintAboutDependency(from, found)
}

function resolved(from: Importer, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(from.path), specifier))
}

function complaintAboutFile(from: Importer, target: string): string | null {
  if (unitOf(target) !== from.unit) return `reaches into ${target}: packages open only by their name`
  if (from.unit === 'server') return complaintWithinServer(from, target)
  return null
}

function complaintAboutPackage(from: Importer, found: Import): string | null {
  const name = found.specifier.slice('@heed/'.length)
  if (name.includes('/') && name !== 'connectors/kit') {
    return `opens ${found.specifier}: packages open only through src/index.ts`
  }
  if (!mayName(from, name)) return `may not import ${found.specifier}`
  if (TYPES_ONLY.includes(from.unit) && !found.isTypeOnly && !from.isTest) {
    return `loads ${found.specifier}: ${from.unit} takes types only (import type)`
  }
  return null
}

function mayName(from: Importer, name: string): boolean {
  if (MAY_NAME[from.unit]?.includes(name)) return true
  if (from.unit === 'cli' && name === 'server') return from.isTest || IN_PROCESS_COMMAND.test(from.path)
  return from.path === 'packages/server/src/main.ts' && name === 'connectors'
}

function complaintAboutDependency(from: Importer, { specifier, isTypeOnly }: Import): string | null {
  if (WITHOUT_DEPENDENCIES.includes(from.unit) && !(from.isTest && TEST_TOOLS.test(specifier))) {
    return `imports ${specifier}: ${from.unit} has no dependencies`
  }
  if (from.unit === 'server' && DRIVERS.test(specifier) && !isTypeOnly && !isWiring(from)) {
    return `loads the driver ${specifier}: only main.ts and start/ do`
  }
  return null
}

const DRIVERS = /^(nodemailer|nats|@nats-io\/.+|@aws-sdk\/.+|@duckdb\/.+)$/

/** The program is put together here, so this is where doors, vendors and drivers are named. */
const isWiring = ({ path, isTest }: Importer): boolean =>
  isTest || /^packages\/server\/src\/(main\.ts$|server\.ts$|start\/)/.test(path)

/**
 * Who may open connections to the database besides the store: the key store, whose keys may live in another one, and the
 * doctor, who looks at a database that Heed would refuse.
 */
const mayConnect = (from: Importer): boolean =>
  from.unit !== 'server' ||
  isWiring(from) ||
  /^packages\/server\/src\/(store\/|keys\/open-key-store\.ts$|operate\/check-database\.ts$)/.test(from.path)

/** `new pg.Pool(…)` and its kind. Taking a pool, a client or an error class of the driver is everybody's business. */
function opensConnections(node: SyntaxNode): boolean {
  if (node.type !== 'NewExpression') return false
  const { callee } = node
  if (callee.type === 'Identifier') return CONNECTIONS.includes(callee.name)
  return (
    callee.type === 'MemberExpression' &&
    callee.property.type === 'Identifier' &&
    CONNECTIONS.includes(callee.property.name)
  )
}

const CONNECTIONS = ['Pool', 'Client']

/** The doors know the use cases; no use case knows a door. */
function complaintWithinServer(from: Importer, target: string): string | null {
  const inside = (path: string): string => path.slice('packages/server/src/'.length)
  if (inside(target) === 'main.ts') return 'imports main.ts, which is started and never imported'
  if (inside(target).startsWith('http/') && !mayOpenDoors(from, inside(from.path))) {
    return `imports the door ${target}: use cases do not know who calls them`
  }
  return null
}

const mayOpenDoors = (from: Importer, inside: string): boolean => isWiring(from) || inside.startsWith('http/')

function unitOf(path: string): string {
  const [first, second] = path.split('/')
  if (first === 'packages') return second ?? '.'
  return path.includes('/') ? (first ?? '.') : '.'
}
