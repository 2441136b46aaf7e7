import type { Context } from './context.ts'
import type { Call } from './operation.ts'

/** What retention did after a backup. */
export interface Retained {
  /** Ids of the backups that were removed. */
  removed: readonly string[]
  /** Bytes that became free; null when they could not be freed now. */
  freedBytes: number | null
  /** Whether it stopped on a fault. The new backup is as good as before. */
  failed: boolean
}

/**
 * Removes what the settings do not keep of a node's backups and frees the room. Never throws: the backup that was just
 * taken is done. Null where the settings keep everything.
 */
export async function retainBackups<Step>(
  context: Context,
  nodeId: string,
  call: Call<Step>,
): Promise<Retained | null> {
  const { keep } = context.limits.backup
  if (keep === null) return null
  const removed: string[] = []
  const retained: Retained = { removed, freedBytes: null, failed: false }
  const started = context.clock.monotonic()
  try {
    // One by one: a fault midway does not make those come back that are gone.
    await context.backups.retain(nodeId, keep, (id) => removed.push(id))
    // Which content is still needed stands in the lists of all backups: not to be read when nothing has gone.
    if (removed.length > 0) retained.freedBytes = await context.backups.sweep()
  } catch (error) {
    retained.failed = true
    context.log.warn({ err: error, node: nodeId }, 'older backups could not be cleaned up')
  }
  if (retained.removed.length === 0 && !retained.failed) return retained
  const { actor, operationId } = call
  const now = context.clock.now()
  const durationMs = Math.round(context.clock.monotonic() - started)
  await context.audit
    .append({
      at: new Date(now).toISOString(),
      operationId,
      operation: 'retain-backups',
      face: actor.face,
      actorId: actor.id,
      actorName: actor.name,
      nodeId,
      input: { node: nodeId, keep, removed: retained.removed },
      reason: null,
      result: retained.failed ? 'partial' : 'done',
      errorCode: null,
      durationMs,
    })
    .catch((error: unknown) =>
      context.log.error(
        { err: error, node: nodeId, removed: retained.removed },
        'audit line could not be written',
      ),
    )
  return retained
}
