import type { Transport } from '../transport.ts'

export type AuditRoutes = {
  /** The newest signed checkpoint of the log; null when nothing was ever signed. */
  readonly checkpoint: () => Promise<string | null>
}

export function auditRoutes(transport: Transport): AuditRoutes {
  return {
    async checkpoint() {
      const note = await transport.bytes({ method: 'GET', path: '/api/v1/audit/checkpoint' })
      return note === null ? null : new TextDecoder().decode(note)
    },
  }
}
