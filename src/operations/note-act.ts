import type { NodeRecord } from '../../registry/schema.ts'
import type { Actor } from './access.ts'
import type { Context } from './context.ts'
import type { Operation, Outcome } from './operation.ts'

/** What was done may have ended the incident before this is written. */
const ENDED_LATELY_MS = 10 * 60_000

/** How a run ended that acted upon a node; `data` is null when it ended with an error. */
interface Act<Input, Result> {
  actor: Actor
  input: Input
  node: NodeRecord | null
  outcome: Outcome
  data: Result | null
}

/**
 * Writes into the incidents of the node or session that was acted upon what somebody did about it, whichever face they
 * used. Never throws: what was done is done.
 */
export async function noteAct<Input, Result, Step, Plan>(
  context: Pick<Context, 'incidents' | 'clock' | 'log'>,
  operation: Operation<Input, Result, Step, Plan>,
  { actor, input, node, outcome, data }: Act<Input, Result>,
): Promise<void> {
  const { acts } = operation
  if (!acts || node === null) return
  const figures = data === null ? {} : (acts.figures?.(data) ?? {})
  const known = Object.entries(figures).filter((entry): entry is [string, number] => entry[1] !== null)
  const params = { operation: operation.name, outcome, ...Object.fromEntries(known) }
  try {
    for (const incidentId of incidentsOf(context, node.id, acts.sessionOf(input)))
      await context.incidents.apply({ kind: 'acted', incidentId, by: actor.name, params })
  } catch (error) {
    context.log.warn({ err: error, node: node.id }, 'the incidents could not be told of an act')
  }
}

function incidentsOf(
  { incidents, clock }: Pick<Context, 'incidents' | 'clock'>,
  nodeId: string,
  sessionKey: string | null,
): string[] {
  const now = clock.now()
  return incidents
    .state()
    .incidents.filter(
      ({ subject, resolvedAt }) =>
        subject.nodeId === nodeId &&
        subject.sessionKey === sessionKey &&
        (resolvedAt === null || now - resolvedAt < ENDED_LATELY_MS),
    )
    .map(({ id }) => id)
}
