export type { Identifier, IdentifierKind, Provenance } from './identity/identifier.ts'
export { type IdPrefix, parsePublicId, publicId } from './ids/public-id.ts'
export { newUuid } from './ids/uuid-v7.ts'
