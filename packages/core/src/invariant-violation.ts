/** Our own bug: something that the code promises itself is not so. The message carries names, ids and counts, never an identifier. */
export class InvariantViolation extends Error {
  constructor(what: string, options: { cause?: unknown } = {}) {
    super(what, options)
    this.name = 'InvariantViolation'
  }
}
