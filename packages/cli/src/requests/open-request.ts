import type { ExitCode } from '../exit-codes.ts'
import type { Running } from '../running.ts'
import { agreeToErase } from './agree-to-erase.ts'
import { exitCodeOf, followRequest } from './follow-request.ts'
import { printRequest } from './print-request.ts'
import { type RequestOptions, type RequestType, requestOf } from './request-options.ts'

export type OpeningOptions = RequestOptions & { readonly yes?: true }

/** Opens a request of one type; an erase only after somebody has seen what it would do, or said that nobody has to. */
export async function openRequest(running: Running<OpeningOptions>, type: RequestType): Promise<ExitCode> {
  const { shell, options, heed, answer } = running
  const asked = await requestOf(type, options, shell)
  const agreed = type === 'erase' ? await agreeToErase(running, asked) : asked
  const opened = await heed().requests.open(agreed)
  const request = options.wait === true ? await followRequest(running, opened) : opened
  answer(request, printRequest)
  return exitCodeOf(request)
}
