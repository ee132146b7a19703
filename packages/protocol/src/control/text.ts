import { z } from 'zod'

/** A name that people read: one line, without control characters or halves of surrogate pairs, which no database keeps. */
export const displayName = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), {
    error: 'must be one line of ordinary text',
  })

export const timestamp = z.iso.datetime({ offset: true })
