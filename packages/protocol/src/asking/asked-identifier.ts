import { z } from 'zod'

/** How a person is named in a question. The value never stands in an address, only in a body. */
export const askedIdentifier = z.strictObject({
  kind: z
    .string()
    .max(64)
    .describe('userId, anonymousId, email, phone, deviceId, or the name of an external id.'),
  value: z.union([z.string(), z.number()]),
})

export const identifierQuestion = z.strictObject({ identifier: askedIdentifier })

export type AskedIdentifier = z.infer<typeof askedIdentifier>
export type IdentifierQuestion = z.infer<typeof identifierQuestion>
