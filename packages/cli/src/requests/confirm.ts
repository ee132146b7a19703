import { CommandError } from '../command-error.ts'
import { EXIT } from '../exit-codes.ts'
import type { Shell } from '../shell.ts'

type Question = {
  /** What is looked at before. */
  readonly show: () => Promise<string>
  readonly question: string
  /** What to give where nobody can be asked. */
  readonly instead: string
}

/** Goes on when whoever sits at the terminal types `yes`. @throws CommandError */
export async function confirm(shell: Shell, { show, question, instead }: Question): Promise<void> {
  if (shell.ask === null) throw new CommandError(EXIT.usage, `Nobody can be asked here: give ${instead}.`)
  shell.tell(`${await show()}\n\n`)
  const typed = await shell.ask(`${question} Type yes: `)
  if (typed.trim().toLowerCase() !== 'yes') throw new CommandError(EXIT.failed, 'Nothing was changed.')
}
