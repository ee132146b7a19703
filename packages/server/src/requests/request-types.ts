import type { NewRequest } from '@heed/protocol'
import { access } from './carry-out/access.ts'
import { correct } from './carry-out/correct.ts'
import { erase } from './carry-out/erase.ts'
import { restrict } from './carry-out/restrict.ts'
import { suppress } from './carry-out/suppress.ts'
import { unsuppress } from './carry-out/unsuppress.ts'
import type { CarryOut } from './opening.ts'

type Optional = Exclude<keyof NewRequest, 'type' | 'subject' | 'reason'>

type RequestType = {
  readonly carryOut: CarryOut
  /** The members of the call's body that mean something for this type; any other is refused. */
  readonly takes: readonly Optional[]
}

/** Every type of request: what it takes, and who carries it out. */
export const REQUEST_TYPES: Readonly<Record<NewRequest['type'], RequestType>> = {
  suppress: { carryOut: suppress, takes: ['scope'] },
  unsuppress: { carryOut: unsuppress, takes: ['scope'] },
  erase: {
    carryOut: erase,
    takes: ['suppress', 'jurisdiction', 'planHash', 'holdDestinations', 'submittedAt'],
  },
  access: { carryOut: access, takes: ['jurisdiction', 'submittedAt'] },
  restrict: { carryOut: restrict, takes: ['jurisdiction', 'submittedAt'] },
  correct: { carryOut: correct, takes: ['changes', 'jurisdiction', 'submittedAt'] },
}
