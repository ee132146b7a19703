import { SingleBar } from 'cli-progress'
import { columns, plural, shortTime } from '../output/columns.ts'
import type { Shell } from '../shell.ts'
import type { ArchiveFile } from './archive-file.ts'
import type { Import } from './import-archive.ts'
import type { CountedAs, Tally } from './tally.ts'

const MOST_LINES_SHOWN = 20

/** The summary: how many lines came to which verdict, and the numbers of those that were passed over. */
export function printImport(
  done: Tally & { readonly lines: number; readonly finishedAt: string | null },
): string {
  const rows = (Object.entries(done.counts) satisfies [string, number][])
    .filter(([, count]) => count > 0)
    .map(([counted, count]) => [count.toLocaleString('en'), TELLS[counted] ?? counted])
  const parts = [
    `${plural(done.lines, 'line')}, finished ${shortTime(done.finishedAt)} UTC`,
    columns(rows.map(([count = '', tells = '']) => [`  ${count.padStart(9)}`, tells])),
    ...passedOver(done),
  ]
  return parts.filter((part) => part !== '').join('\n')
}

const TELLS: Readonly<Record<string, string>> = {
  stored: 'stored',
  duplicate: 'duplicate: stored or refused before',
  suppressed: 'suppressed: their person said no',
  'device-suppressed': 'device-suppressed: their device said no',
  taken: 'taken; the token may not see verdicts (events:read)',
  rejected: 'rejected',
  malformed: 'malformed: not a JSON object',
} satisfies Record<CountedAs, string>

function passedOver({ passedOver: lines }: Tally): string[] {
  if (lines.length === 0) return []
  const shown = lines.slice(0, MOST_LINES_SHOWN).map(({ line, reason }) => `  line ${line}: ${reason}`)
  const more = lines.length > MOST_LINES_SHOWN ? ['  … (--json lists up to 1,000)'] : []
  return ['Passed over:', ...shown, ...more]
}

type ImportProgress = { readonly at: Import['onProgress']; readonly stop: () => void }

type Shown = { readonly isQuiet: boolean; readonly archive: ArchiveFile }

const LINE_EVERY_MS = 5_000

export function startImportProgress(shell: Shell, { isQuiet, archive }: Shown): ImportProgress {
  if (isQuiet) return { at: () => undefined, stop: () => undefined }
  return shell.isWatched ? bar(archive) : lines(shell, archive)
}

function bar({ size }: ArchiveFile): ImportProgress {
  const drawn = new SingleBar({
    format: '{bar} {percentage}%  {lines} lines, {eta_formatted} left',
    hideCursor: true,
  })
  drawn.start(size, 0, { lines: 0 })
  return {
    at: (bytesRead, { lines: done }) => drawn.update(bytesRead, { lines: done.toLocaleString('en') }),
    stop: () => drawn.stop(),
  }
}

function lines({ now, tell }: Shell, { size }: ArchiveFile): ImportProgress {
  let toldAt = now().getTime()
  return {
    at(bytesRead, { lines: done }) {
      if (now().getTime() - toldAt < LINE_EVERY_MS) return
      toldAt = now().getTime()
      tell(`${Math.floor((100 * bytesRead) / Math.max(1, size))} %  ${plural(done, 'line')}\n`)
    },
    stop: () => undefined,
  }
}
