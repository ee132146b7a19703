import { z } from 'zod'

const MOST_TRAITS = 100
const MOST_CHARACTERS = 32 * 1024

/** What a person puts right of themselves. Values are whatever JSON has; the schema keeps them as they were sent. */
export const profileChanges = z.strictObject({
  traits: z
    .record(z.string().min(1).max(200), z.unknown())
    .refine((traits) => Object.keys(traits).length > 0, { error: 'names no trait' })
    .refine((traits) => Object.keys(traits).length <= MOST_TRAITS, {
      error: `names more than ${MOST_TRAITS} traits`,
    })
    .refine((traits) => JSON.stringify(traits).length <= MOST_CHARACTERS, {
      error: `is longer than ${MOST_CHARACTERS} characters of JSON`,
    })
    .describe(
      'Replaces each named trait of the profile, whole; null takes it away. Newer events may change it again, older ones ' +
        'never. Identifiers and stored events stay as they are.',
    ),
})
