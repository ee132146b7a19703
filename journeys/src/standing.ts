import type { ControlDoor } from './boot/control-door.ts'

export type Named = { readonly kind: string; readonly value: string }

export async function isSuppressed({ control }: ControlDoor, identifier: Named): Promise<boolean> {
  const { suppressed } = (await control('/api/v1/explain', { identifier })) as { suppressed: boolean }
  return suppressed
}

/** Asks for a person's "no", or for lifting it. The answer has come when this resolves, so it holds from here on. */
export async function ask(
  { control }: ControlDoor,
  type: 'suppress' | 'unsuppress',
  identifier: Named,
): Promise<void> {
  await control('/api/v1/requests', { type, subject: { identifiers: [identifier] } })
}
