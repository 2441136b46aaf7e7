import { z } from 'zod'
import type { Context } from '../../operations/context.ts'
import type { Outcome } from '../../operations/operation.ts'
import { sessionInputSchema } from '../../operations/session-plan.ts'
import type { Call } from '../command.ts'
import type { Confirmation } from '../confirmations.ts'

/** What was done may have ended the incident before this is written. */
const ENDED_LATELY_MS = 10 * 60_000

/** How work on a session ended. Counts are tokens; null where they were not read. */
export interface Act {
  operation: string
  outcome: Outcome
  before?: number | null
  after?: number | null
}

/** Writes into the incidents of a session what somebody did about it. */
export async function noteAct(
  { context, actor }: Pick<Call, 'context' | 'actor'>,
  confirmation: Confirmation,
  act: Act,
): Promise<void> {
  const { node, session } = z.object(sessionInputSchema.shape).parse(confirmation.input)
  const known = Object.entries(act).filter(([, value]) => value !== null && value !== undefined)
  const params: Record<string, string | number> = Object.fromEntries(known)
  for (const incidentId of incidentsOf(context, node, session))
    await context.incidents.apply({ kind: 'acted', incidentId, by: actor.name, params })
}

function incidentsOf(context: Context, nodeId: string, sessionKey: string): string[] {
  const now = context.clock.now()
  return context.incidents
    .state()
    .incidents.filter(
      ({ subject, resolvedAt }) =>
        subject.nodeId === nodeId &&
        subject.sessionKey === sessionKey &&
        (resolvedAt === null || now - resolvedAt < ENDED_LATELY_MS),
    )
    .map(({ id }) => id)
}
