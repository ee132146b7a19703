/** The kinds Heed names itself; anything else is a named external id such as `csuId`. */
export type IdentifierKind = 'userId' | 'anonymousId' | 'email' | 'phone' | 'deviceId' | (string & {})

/** An identifier whose value has been normalised by `normaliseIdentifier`; its value is never blank. */
export type Identifier = { readonly kind: IdentifierKind; readonly value: string }

/** A link's provenance: who vouches that two identifiers are one person. */
export type Provenance = 'client' | 'server' | 'verified'
