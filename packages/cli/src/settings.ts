/** What the command line takes from the environment. */
export type CliSettings = {
  /** `HEED_URL`: where Heed answers. */
  readonly url: string
  /** `HEED_TOKEN`: an API token, so that none stands in the shell's history. */
  readonly token: string | null
  /** `HEED_WRITE_KEY`: the source that `heed import` imports into. */
  readonly writeKey: string | null
  /** Everything else, for the commands that are a server themselves. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

type Environment = Record<string, string | undefined>

/**
 * Reads the settings of the command line and takes its own two out of the environment: a server that `heed serve` starts
 * refuses names it does not know, and its PostgreSQL has no need of a token.
 */
export function readCliSettings(env: Environment = process.env): CliSettings {
  const url = textOf(env.HEED_URL) ?? 'http://127.0.0.1:4600'
  const token = textOf(env.HEED_TOKEN)
  delete env.HEED_URL
  delete env.HEED_TOKEN
  return { url, token, writeKey: textOf(env.HEED_WRITE_KEY), environment: env }
}

function textOf(text: string | undefined): string | null {
  const trimmed = text?.trim() ?? ''
  return trimmed === '' ? null : trimmed
}
