import { z } from 'zod'
import { newRecord } from '../../registry/new-record.ts'
import type { PinnedHostKey } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import { reasonSchema } from '../base/reading-schema.ts'
import { reasonOfError } from '../openclaw/reasons.ts'
import { lookAtMachine } from '../provision/look.ts'
import type { Wanted } from '../provision/step.ts'
import type { CallLimits } from '../ssh/call.ts'
import type { Context } from './context.ts'

/** What is known of a machine before the question whether to make a node of it. */
export const lookedSchema = z.strictObject({
  login: z.enum(['works', 'failed', 'not-tried']),
  /** Why the login failed. */
  reason: reasonSchema.nullable(),
  /** Whether something listens on the gateway port there; null while nobody could look. */
  portTaken: z.boolean().nullable(),
})
type Looked = z.infer<typeof lookedSchema>

/** ocm logs in only to a machine whose key somebody vouches for. */
export const NOT_LOOKED: Looked = { login: 'not-tried', reason: null, portTaken: null }

/** Logs in, looks and hangs up; a login that fails is part of the answer. Changes nothing. */
export async function lookBefore(
  context: Context,
  { id, host, sshPort, sshUser, gatewayPort }: Wanted,
  hostKey: PinnedHostKey,
  limits: CallLimits,
): Promise<Looked> {
  const address = { id, name: id, host, sshPort, sshUser, gatewayPort, ocPath: null, tags: [] }
  const link = context.nodes.temporary(newRecord({ ...address, hostKeys: [hostKey] }, hostKey.approvedAt))
  try {
    const { portTaken } = await lookAtMachine(link, gatewayPort, limits)
    return { login: 'works', reason: null, portTaken }
  } catch (error) {
    if (limits.signal?.aborted) throw error
    // A machine that let ocm in and is none that a node can be made of is for the first step to tell.
    if (!(error instanceof OperatorError)) return { ...NOT_LOOKED, login: 'works' }
    return { login: 'failed', reason: reasonOfError(error), portTaken: null }
  } finally {
    await link.close()
  }
}
