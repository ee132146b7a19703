import type { ServerPackage } from '../commands/server-package.ts'

type LogVerdict = Awaited<ReturnType<ServerPackage['verifyLog']>>

/** The verdict as a sentence; `isCompared` says whether an earlier look was at hand. */
export function printLogVerdict(verdict: LogVerdict & { readonly isCompared: boolean }): string {
  switch (verdict.kind) {
    case 'intact':
      return `Intact: ${entries(verdict.size)} of ${verdict.origin}, root ${verdict.root}${beyond(verdict)}`
    case 'empty':
      return 'Nothing has been signed yet.'
    case 'checkpoint-not-signed':
      return `Not intact: no key that is known${verdict.isCompared ? ' from the earlier look' : ''} has signed the checkpoint.`
    case 'leaf-changed':
      return `Not intact: entry ${verdict.leaf} is not the one that was logged.`
    case 'leaf-missing':
      return `Not intact: entry ${verdict.leaf} is missing.`
    case 'tile-changed':
      return `Not intact: hash tile ${verdict.level}/${verdict.index} is not what its entries make; they begin with ${verdict.leaf}.`
    case 'root-differs':
      return `Not intact: the ${entries(verdict.size)} are not those that were signed.`
    case 'history-changed':
      return `Not intact: the first ${entries(verdict.size)} are not those of the earlier look.`
    case 'shorter-than-before':
      return `Not intact: ${entries(verdict.size)}, and ${verdict.before} at the earlier look.`
    case 'another-log':
      return `Not intact: this is ${verdict.origin}, and the earlier look was at ${verdict.before}.`
  }
}

const entries = (count: number): string =>
  `${count.toLocaleString('en')} ${count === 1 ? 'entry' : 'entries'}`

function beyond({ isCompared }: { readonly isCompared: boolean }): string {
  return isCompared ? '.\nIt continues what it was at the earlier look.' : '.'
}
