import type { Transport } from '../transport.ts'

/** What a node says of itself. */
export type Readiness = {
  readonly isReady: boolean
  readonly checks: readonly { readonly name: string; readonly isReady: boolean }[]
}

export type OperationRoutes = {
  /** Can this node take calls? Resolves also when it cannot; rejects only when nothing answers. */
  readonly readiness: () => Promise<Readiness>
}

export function operationRoutes(transport: Transport): OperationRoutes {
  return {
    readiness: () => transport.json({ method: 'GET', path: '/readyz', accepts: [200, 503] }),
  }
}
