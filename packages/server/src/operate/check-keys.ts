import { stat } from 'node:fs/promises'
import { masterKeyFiles } from '../keys/open-master-key.ts'
import type { Settings } from '../settings.ts'
import { type Finding, fine, risky, wrong } from './finding.ts'

const MAKE_KEY = 'Make one with `openssl rand -base64 32`.'

/** The secrets of the settings and the file of the master key. */
export async function checkKeys({ settings }: { readonly settings: Settings }): Promise<readonly Finding[]> {
  return [await checkMasterKey(settings), ...checkSecrets(settings), checkRetention(settings)]
}

async function checkMasterKey({ masterKey, dataDir }: Settings): Promise<Finding> {
  if (masterKey !== null) return checkGivenKey(masterKey)
  const { file } = masterKeyFiles(dataDir)
  const mode = await stat(file).then(
    (found) => found.mode,
    () => null,
  )
  if (mode === null) return fine('master-key', `There is no master key yet; the first start makes ${file}.`)
  if ((mode & 0o077) !== 0) {
    return wrong(
      'master-key',
      `${file} can be read by other users of this machine.`,
      `Run: chmod 600 ${file}`,
    )
  }
  return risky(
    'master-key',
    'The master key lies in the data folder, so a copy of the folder opens everything in it.',
    'Keep a copy of the key elsewhere, leave it out of backups of the folder, or set HEED_MASTER_KEY.',
  )
}

function checkGivenKey(masterKey: string): Finding {
  const bytes = new Set(Buffer.from(masterKey, 'base64'))
  if (bytes.size < 12)
    return wrong('master-key', 'HEED_MASTER_KEY is not random: it looks like an example.', MAKE_KEY)
  return fine('master-key', 'The master key comes from HEED_MASTER_KEY.')
}

const EXAMPLE = /test|demo|example|sample|changeme|change-me|secret|password|12345|abcdef/i

function checkSecrets({ adminToken, writeKey }: Settings): Finding[] {
  const findings: Finding[] = []
  if (adminToken !== null && (EXAMPLE.test(adminToken) || new Set(adminToken).size < 10)) {
    const remedy = 'Let the first start make one, or set 32 random characters and revoke the old token.'
    findings.push(
      wrong('admin-token', 'HEED_ADMIN_TOKEN looks like an example that others know too.', remedy),
    )
  }
  if (writeKey !== null && EXAMPLE.test(writeKey)) {
    const remedy = 'Fine for a trial; rotate the key of the source before real clients use it.'
    findings.push(risky('write-key', 'HEED_WRITE_KEY looks like an example.', remedy))
  }
  return findings
}

function checkRetention({ backupRetentionDays }: Settings): Finding {
  if (backupRetentionDays > 0) {
    return fine(
      'backup-retention',
      `Receipts say that backups keep a destroyed key for ${backupRetentionDays} days.`,
    )
  }
  return risky(
    'backup-retention',
    'Receipts cannot say until when backups keep a destroyed key.',
    'Set HEED_BACKUP_RETENTION_DAYS to the days after which your oldest backup is deleted.',
  )
}
