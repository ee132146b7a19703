import { z } from 'zod'

/** The body of every refusal, `application/problem+json` (RFC 9457). */
export const problemAnswer = z.object({
  type: z.string().describe('Where the code is explained.'),
  title: z.string(),
  status: z.number().int(),
  code: z.string().describe('What programs branch on; the table of codes is in the manual.'),
  detail: z.string().describe('What to do about it.'),
  requestId: z.string().describe('Find this call in the log by it.'),
  errors: z
    .array(z.object({ path: z.string(), message: z.string() }))
    .optional()
    .describe('What is wrong where in the body. Never holds a value of the body.'),
})

export type ProblemAnswer = z.infer<typeof problemAnswer>
