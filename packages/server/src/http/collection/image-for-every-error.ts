import { Problem } from '@heed/protocol'
import type { App } from '../app.ts'
import { answerImage } from './answer-image.ts'

/** Answers the image to whatever a route of this scope throws; the log has the code. */
export function imageForEveryError(app: App): void {
  app.setErrorHandler((error, call, reply) => {
    if (error instanceof Problem) call.log.warn({ code: error.code }, 'an image call was not collected')
    else call.log.error({ err: error }, 'an image call failed unexpectedly')
    return answerImage(reply)
  })
}
