import type { Pool } from 'pg'
import { BATCH, type Sequencing, sequenceOutbox } from '../audit/sequence-outbox.ts'
import type { ShownCheckpoint } from '../audit/shown-checkpoint.store.ts'
import { type CheckpointSigning, signCheckpoint } from '../audit/sign-checkpoint.ts'
import { workspacesWaiting } from '../audit/unnumbered.store.ts'

export type Sequencer = {
  /** Facts were just committed here: do not wait for the next look. */
  readonly nudge: () => void
  /** Resolves when what was under way is finished. */
  readonly stop: () => Promise<void>
}

type SequencerParts = Omit<Sequencing, 'lastShown'> &
  CheckpointSigning & {
    readonly pool: Pool
    readonly log: { readonly error: (fields: { err: unknown; job: string }, message: string) => void }
    readonly pollMs?: number
  }

/**
 * Numbers committed facts and signs checkpoints until stopped. Every node may run one: per workspace one of them at a time
 * does the work. It looks for work five times a second, so that facts of other nodes need no notification (`notify` in
 * every commit would make commits wait for each other). An error is logged, and the next look tries again.
 */
export function startSequencer({ log, pollMs = 200, ...parts }: SequencerParts): Sequencer {
  const shown = new Map<string, ShownCheckpoint>()
  const sequencing = { ...parts, lastShown: (workspaceId: string) => shown.get(workspaceId) ?? null }
  let isStopped = false
  let wake = () => {}
  let isNudged = false

  async function look(): Promise<void> {
    for (const workspaceId of await waitingIn(parts.pool)) {
      if (isStopped) return
      await serve(workspaceId).catch(report)
    }
  }

  /** What fails for one workspace must not keep the others waiting. */
  async function serve(workspaceId: string): Promise<void> {
    await sequenceAll(sequencing, workspaceId)
    const checkpoint = await signCheckpoint(parts, workspaceId)
    if (checkpoint !== null) shown.set(workspaceId, checkpoint)
  }

  function report(err: unknown): void {
    log.error({ err, job: 'sequencer' }, 'facts could not be numbered')
  }

  async function run(): Promise<void> {
    while (!isStopped) {
      isNudged = false
      await look().catch((err: unknown) =>
        log.error({ err, job: 'sequencer' }, 'facts could not be numbered'),
      )
      if (!isNudged && !isStopped) await pause()
    }
  }

  function pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pollMs)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  const running = run()
  return {
    nudge() {
      isNudged = true
      wake()
    },
    async stop() {
      isStopped = true
      wake()
      await running
    },
  }
}

async function waitingIn(pool: Pool): Promise<readonly string[]> {
  const client = await pool.connect()
  try {
    return await workspacesWaiting(client)
  } finally {
    client.release()
  }
}

/** Batch after batch until no full one is left, so that a burst is numbered at once. */
async function sequenceAll(sequencing: Sequencing, workspaceId: string): Promise<void> {
  for (;;) {
    const sequenced = await sequenceOutbox(sequencing, workspaceId)
    if (sequenced.kind === 'busy' || sequenced.count < BATCH) return
  }
}
