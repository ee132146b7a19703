/** What the exit status of every command says. */
export const EXIT = {
  /** What was asked for is done, or is as it should be. */
  ok: 0,
  /** It could not be done; or what was looked at is not as it should be (`doctor`, `audit verify`, `verify`). */
  failed: 1,
  /** The command or a setting is wrong; nothing was tried. */
  usage: 2,
  /** Nothing answered: neither Heed nor, for the commands that need it, its database. */
  unreachable: 3,
  /** The server refused, and says why. */
  refused: 4,
  /** Done, but not for everything: an import passed over lines, an erase waits for a hold or for somebody's word. */
  incomplete: 5,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
