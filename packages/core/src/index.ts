export {
  type FragmentReach,
  type HeldIdentifier,
  type Merge,
  type Reach,
  reachOfRequest,
} from './access-export/reach-of-request.ts'
export { canonicalPlan, type ErasurePlan, type PlannedAction, planHash } from './erasure/erasure-plan.ts'
export { type OwnedUserId, reachesOtherUserId } from './erasure/reaches-other-user-id.ts'
export { type Correction, correctTraits, newestTime, type TraitChanges } from './identity/correct-traits.ts'
export type { Identifier, IdentifierKind, Provenance } from './identity/identifier.ts'
export { type Glance, isPlain } from './identity/is-plain.ts'
export {
  isAddress,
  isUserId,
  type KnownIdentifier,
  type Owner,
  primaryOf,
  type Role,
  type Trust,
} from './identity/known-identifier.ts'
export { mergeTraits, type Profile } from './identity/merge-traits.ts'
export { changesIdentity, onlyAttaches, placeItem } from './identity/place-item.ts'
export type { Placement, Stored } from './identity/placement.ts'
export { type IdPrefix, parsePublicId, publicId } from './ids/public-id.ts'
export { newUuid } from './ids/uuid-v7.ts'
export { InvariantViolation } from './invariant-violation.ts'
export { appendLeaves, type TreeEdge } from './merkle/append-leaves.ts'
export { fromBase64, toBase64 } from './merkle/base64.ts'
export { type Checkpoint, formatCheckpoint, parseCheckpoint } from './merkle/checkpoint.ts'
export { proveConsistency, proveInclusion } from './merkle/prove.ts'
export { type NoteSigner, noteSigner, openNote, signNote } from './merkle/signed-note.ts'
export { edgeTiles, TILE_WIDTH, type Tile, type TileHashes, treeFromTiles } from './merkle/tile.ts'
export { parseTilePath, type TileAddress, tilePath } from './merkle/tile-path.ts'
export { type StoredTree, treeRoot } from './merkle/tree.ts'
export { HASH_BYTES, type Hash, isSameHash, leafHash } from './merkle/tree-hash.ts'
export { verifyConsistency, verifyInclusion } from './merkle/verify-proof.ts'
export { fromBase64url, toBase64url } from './receipts/base64url.ts'
export { describeReceipt, type ReceiptInWords } from './receipts/describe-receipt.ts'
export { describeVerdict } from './receipts/describe-verdict.ts'
export type {
  Opening,
  Receipt,
  ReceiptOutcome,
  ReceiptType,
  Retained,
} from './receipts/receipt.ts'
export { openJws, signReceipt } from './receipts/receipt-jws.ts'
export { receiptOfTask } from './receipts/receipt-of-task.ts'
export { commitmentInput, NONCE_BYTES } from './receipts/subject-commitment.ts'
export { type ReceiptVerdict, verifyReceipt } from './receipts/verify-receipt.ts'
export { webCryptography } from './receipts/web-cryptography.ts'
export { type Arrival, covers, hasBeenSaid, type SuppressionInterval } from './suppression/covers.ts'
