import { OperatorError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import type { Context } from '../operations/context.ts'

/**
 * What a name that does not exist was probably meant to be; null when nothing is close.
 * @param context what the command had opened, when it had
 */
export function meantBy(error: unknown, context: Context | null): string | null {
  if (!(error instanceof OperatorError) || context === null) return null
  const { node, session } = error.params
  if (error.code === 'unknown-node' && typeof node === 'string')
    return nearest(
      node,
      context.registry.list().map(({ id }) => id),
    )
  if (error.code === 'unknown-session' && typeof node === 'string' && typeof session === 'string') {
    const known = context.snapshots.get(node)?.sessions.value
    // Where the sessions were never read, nothing can have been meant.
    return known
      ? nearest(
          session,
          known.map(({ key }) => key),
        )
      : null
  }
  return null
}
