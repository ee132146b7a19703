/** The kinds of ids people see; the database holds the bare UUID. */
export type IdPrefix =
  | 'wsp'
  | 'src'
  | 'sub'
  | 'req'
  | 'tok'
  | 'evt'
  | 'lnk'
  | 'cau'
  | 'obx'
  | 'hld'
  | 'rcp'
  | 'tsk'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export function publicId(prefix: IdPrefix, uuid: string): string {
  return `${prefix}_${uuid}`
}

/** The UUID inside a public id, or null when it is not one of that kind. */
export function parsePublicId(prefix: IdPrefix, text: string): string | null {
  if (!text.startsWith(`${prefix}_`)) return null
  const uuid = text.slice(prefix.length + 1).toLowerCase()
  return UUID.test(uuid) ? uuid : null
}
