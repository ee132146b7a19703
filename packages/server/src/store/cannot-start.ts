/** A reason not to start that an operator can act on. The message is the whole sentence to print; it needs no stack trace. */
export class CannotStart extends Error {
  constructor(sentence: string, options: { cause?: unknown } = {}) {
    super(sentence, options)
    this.name = 'CannotStart'
  }
}
