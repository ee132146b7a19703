import { type SourceSettings, sourceSettings } from '@heed/protocol'

/** The settings with what is named changed. A name that this version does not know is left out. */
export function mergeSourceSettings(settings: SourceSettings, changes: object): SourceSettings {
  return sourceSettings.strip().parse({ ...settings, ...changes })
}
