import { maskSettings, type Settings } from '../settings.ts'
import { checkDatabase } from './check-database.ts'
import { checkKeys } from './check-keys.ts'
import { checkNetwork } from './check-network.ts'
import { checkStorage } from './check-storage.ts'
import type { Finding } from './finding.ts'

export type DoctorParts = {
  readonly settings: Settings
  /** Where the database answers, or null while the embedded one is stopped. */
  readonly databaseUrl: string | null
  /** The folder of this installation's no-journals. */
  readonly journalFolder: string
  readonly now: () => Date
}

export type Diagnosis = {
  /** Every setting with secrets masked. */
  readonly settings: readonly { readonly variable: string; readonly value: string }[]
  readonly findings: readonly Finding[]
}

/** Looks for the usual mistakes of an installation. Changes nothing, and says a secret nowhere. */
export async function runDoctor(parts: DoctorParts): Promise<Diagnosis> {
  const findings = await Promise.all([
    checkKeys(parts),
    checkNetwork(parts),
    checkDatabase(parts),
    checkStorage(parts),
  ])
  return { settings: maskSettings(parts.settings), findings: findings.flat() }
}
