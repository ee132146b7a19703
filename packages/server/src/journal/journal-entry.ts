import { z } from 'zod'

/**
 * What the no-journal remembers. It is read back after a restore, by a version of Heed that may be newer, so its shape is
 * a file format: fields are added, never renamed. Digests and ids only; no identifier is ever in it.
 *
 * `seq` and `at` are the fact's place in the database's order and its database time.
 */
export const journalEntry = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('suppressed'),
    workspaceId: z.guid(),
    seq: z.int().positive(),
    at: z.iso.datetime({ offset: true }),
    /** The row of `suppression_cause`; the same in every entry that adds digests to it. */
    cause: z.object({
      cause: z.guid(),
      kind: z.string().min(1),
      scope: z.guid(),
      subjectId: z.guid().nullable(),
      sourceId: z.guid().nullable(),
      requestId: z.guid().nullable(),
      actor: z.string().min(1),
      fromSeq: z.int().positive(),
      fromAt: z.iso.datetime({ offset: true }),
    }),
    /** The rows of `suppression` that this entry makes: one a digest, all with the interval below. */
    digests: z.array(z.object({ digest: digestHex(), version: z.int() })),
    scope: z.guid(),
    fromSeq: z.int().positive(),
    fromAt: z.iso.datetime({ offset: true }),
    untilSeq: z.int().positive().nullable(),
    untilAt: z.iso.datetime({ offset: true }).nullable(),
    clientBefore: z.iso.datetime({ offset: true }).nullable(),
  }),
  z.object({
    kind: z.literal('unsuppressed'),
    workspaceId: z.guid(),
    seq: z.int().positive(),
    at: z.iso.datetime({ offset: true }),
    causes: z.array(z.guid()),
    /** Only these digests of the causes, which stay open themselves; null closes the causes and every digest of them. */
    digests: z.array(digestHex()).nullable(),
    liftedBy: z.string().min(1),
  }),
  z.object({
    kind: z.enum(['unsubscribed', 'withdrawn', 'erased', 'reversed', 'key-destroyed']),
    workspaceId: z.guid(),
    seq: z.int().positive(),
    at: z.iso.datetime({ offset: true }),
    digests: z.array(digestHex()),
    scope: z.guid().nullable(),
    cause: z.guid().nullable(),
    requestId: z.guid().nullable(),
    keyIds: z.array(z.guid()),
    destroyAfter: z.iso.datetime({ offset: true }).nullable(),
    /** Of an erase: its task, the person's root and every fragment. Absent: any will do. */
    taskId: z.guid().optional(),
    subjectId: z.guid().optional(),
    fragments: z.array(z.guid()).optional(),
    /** What a receipt says of the request, should the database forget it. */
    request: z
      .object({
        identifierCount: z.int().nonnegative(),
        suppress: z.boolean(),
        jurisdiction: z.string().nullable(),
        submittedAt: z.iso.datetime({ offset: true }).nullable(),
        createdAt: z.iso.datetime({ offset: true }),
        dueAt: z.iso.datetime({ offset: true }),
      })
      .optional(),
  }),
  z.object({
    /** The transaction of these entries did not commit, so they never happened. */
    kind: z.literal('void'),
    workspaceId: z.guid(),
    at: z.iso.datetime({ offset: true }),
    positions: z.array(z.int().positive()),
  }),
  z.object({
    /** A checkpoint of the audit log that is about to be shown: the log may never again be shorter under this origin. */
    kind: z.literal('checkpoint'),
    workspaceId: z.guid(),
    at: z.iso.datetime({ offset: true }),
    origin: z.string().min(1),
    size: z.int().positive(),
    root: z.string().regex(/^[0-9a-f]{64}$/),
  }),
])

export type JournalEntry = z.infer<typeof journalEntry>

/** An entry about the data of a person, not about what may be collected of them. */
export type PersonEntry = Extract<JournalEntry, { readonly keyIds: readonly string[] }>

/** One kind of entry, e.g. `EntryOf<'suppressed'>`. */
export type EntryOf<Kind extends JournalEntry['kind']> = Extract<JournalEntry, { kind: Kind }>

function digestHex() {
  return z.string().regex(/^[0-9a-f]{32}$/)
}
