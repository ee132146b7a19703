import type { SourceSettings } from '@heed/protocol'

/** Cooladata's own event. It opts out through every door; the other name is the source's. */
const COOLADATA_OPT_OUT = 'cooladata_opt_out'

/** Whether a track of this name says "stop collecting me". Spelling counts, blanks around it do not. */
export function isOptOutName(event: string, settings: SourceSettings): boolean {
  const name = event.trim()
  return name === COOLADATA_OPT_OUT || name === settings.optOutEventName
}
