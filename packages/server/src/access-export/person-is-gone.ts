/** A key of the person is not there any more: they were erased meanwhile, and nothing of them is handed out. */
export class PersonIsGone extends Error {
  constructor() {
    super('a key of the person is gone')
    this.name = 'PersonIsGone'
  }
}
