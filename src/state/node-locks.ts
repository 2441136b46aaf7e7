import { join } from 'node:path'

import { OperatorError } from '../base/errors.ts'
import { makePrivateFolder } from './atomic-file.ts'
import { acquireFileLock, type HeldLock, LockBusy } from './file-lock.ts'

/** Exclusive work per node. */
export interface NodeLocks {
  /** Runs `work` holding the node, or throws OperatorError node-busy naming the operation that holds it. */
  withNode<T>(nodeId: string, operation: string, work: () => Promise<T>): Promise<T>
}

/**
 * Exclusive work per node, within this process and towards a command line beside the bot: one lock file per node in
 * `folder`. The lock of a process that died is taken over at once.
 */
export function createNodeLocks(options: { folder: string }): NodeLocks {
  const held = new Map<string, string>()
  return {
    async withNode(nodeId, operation, work) {
      const key = nodeId.toLowerCase()
      const holder = held.get(key)
      if (holder !== undefined) throw busy(nodeId, holder)
      held.set(key, operation)
      try {
        const lock = await lockNode(options.folder, key, operation, nodeId)
        try {
          return await work()
        } finally {
          await lock.release()
        }
      } finally {
        held.delete(key)
      }
    },
  }
}

async function lockNode(folder: string, key: string, operation: string, nodeId: string): Promise<HeldLock> {
  await makePrivateFolder(folder)
  try {
    return await acquireFileLock(join(folder, `${encodeURIComponent(key)}.lock`), { label: operation })
  } catch (error) {
    if (error instanceof LockBusy) throw busy(nodeId, error.owner?.label ?? '', error)
    throw error
  }
}

function busy(nodeId: string, operation: string, cause?: unknown): OperatorError {
  return new OperatorError('node-busy', { node: nodeId, operation }, cause === undefined ? {} : { cause })
}
