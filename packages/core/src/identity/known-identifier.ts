/** The part an identifier plays, after `previousId` has been read as the kind it is known by. */
export type Role =
  | 'userId'
  | 'alternativeId'
  | 'aliasedUserId'
  | 'anonymousId'
  | 'deviceId'
  | 'email'
  | 'phone'

/** The person an identifier leads to now. */
export type Owner = { readonly root: string; readonly hasUserId: boolean }

/** One identifier of an item, and what the database knows about it. */
export type KnownIdentifier = {
  readonly role: Role
  readonly owner: Owner | null
  /** A suppression that covers this item (scope, interval, client time) names this identifier. */
  readonly isSuppressed: boolean
  /** Its person has said no to the whole workspace, and has not taken it back: a repetition says nothing new. */
  readonly hasSaidNo: boolean
  /** Who named this address although another owns it. */
  readonly mentionedBy: readonly Owner[]
}

/** What the source is trusted with. */
export type Trust = {
  readonly trust: 'client' | 'server'
  readonly maySuppress: boolean
  /** The dialect says that two user ids of one item are one person, and the source may say so. */
  readonly mayLinkUserIds: boolean
}

/** Two user ids are one person only when a trusted source says so, or the dialect does (Cooladata's alternative ids). */
export function mayJoinUserIds(identifier: { readonly role: Role }, source: Trust): boolean {
  if (identifier.role === 'alternativeId') return source.mayLinkUserIds
  return source.trust === 'server'
}

export function isUserId(identifier: { readonly role: Role }): boolean {
  return (
    identifier.role === 'userId' || identifier.role === 'alternativeId' || identifier.role === 'aliasedUserId'
  )
}

export function isAddress(identifier: { readonly role: Role }): boolean {
  return identifier.role === 'email' || identifier.role === 'phone'
}

export const PRIMARY_ORDER: readonly Role[] = [
  'userId',
  'alternativeId',
  'anonymousId',
  'deviceId',
  'email',
  'phone',
  'aliasedUserId',
]

/** The identifier that stands for the person: a user id if there is one, else the device's, else an address. */
export function primaryOf(known: readonly { readonly role: Role }[]): number {
  for (const role of PRIMARY_ORDER) {
    const at = known.findIndex((identifier) => identifier.role === role)
    if (at >= 0) return at
  }
  return 0
}
