import type { ErasurePreview, NewRequest } from '@heed/sdk'
import type { Running } from '../running.ts'
import { confirm } from './confirm.ts'
import type { OpeningOptions } from './open-request.ts'
import { printPreview } from './print-preview.ts'

type Asking = Pick<Running<OpeningOptions>, 'shell' | 'options' | 'heed'>

/** Shows what the erase would do and holds it to that. Whoever names a plan has seen it; with `--yes` nobody is asked. */
export async function agreeToErase(asking: Asking, request: NewRequest): Promise<NewRequest> {
  const { shell, options } = asking
  if (request.planHash !== undefined || options.yes === true) return request
  let planHash = ''
  await confirm(shell, {
    async show() {
      const preview = await previewOf(asking, request)
      planHash = preview.planHash
      return printPreview(preview)
    },
    question: 'Erase this?',
    instead: '--yes, or --plan-hash of a preview',
  })
  return { ...request, planHash }
}

function previewOf({ heed }: Asking, request: NewRequest): Promise<ErasurePreview> {
  const { subject, suppress, jurisdiction, submittedAt } = request
  return heed().erasurePreviews.make({
    subject,
    ...(suppress === undefined ? {} : { suppress }),
    ...(jurisdiction === undefined ? {} : { jurisdiction }),
    ...(submittedAt === undefined ? {} : { submittedAt }),
  })
}
