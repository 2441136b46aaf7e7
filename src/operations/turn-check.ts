import { tryTurn } from '../openclaw/methods/turn.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import type { Context } from './context.ts'

/** What became of the one turn of a gate. */
export interface TurnCheck {
  state: 'not-run' | 'answered' | 'failed' | 'silent'
  /** Why none was run. */
  why: 'not-allowed' | 'not-supported' | 'no-key' | 'no-agent' | 'agents-unread' | null
  agent: string | null
  /** What OpenClaw said of one that failed; untrusted. */
  said: string | null
  tookMs: number | null
  /** Its session, where that could not be removed. */
  left: string | null
}

const NOT_RUN: TurnCheck = {
  ...{ state: 'not-run', why: null, agent: null, said: null, tookMs: null, left: null },
}

/** That no turn was run. */
export function noTurn(why: TurnCheck['why'], more: Partial<TurnCheck> = {}): TurnCheck {
  return { ...NOT_RUN, ...more, why }
}

/** The agent that is asked: the one that OpenClaw takes when nobody names one. */
export function turnAgent({ agents }: Pick<NodeSnapshot, 'agents'>): string | null {
  const known = agents.value
  return (known?.find(({ isDefault }) => isDefault) ?? known?.[0])?.id ?? null
}

/** Whether an agent's model is known to have answered on a node. */
export function hasAnswered({ sessions }: Pick<NodeSnapshot, 'sessions'>, agent: string | null): boolean {
  const isSome = (count: number | null) => count !== null && count > 0
  const answered = sessions.value?.some(
    ({ agentId, context, usage }) =>
      agentId === agent && (isSome(context.used.value) || isSome(usage.outputTokens)),
  )
  return answered === true
}

/**
 * Has an agent answer once.
 * @param answered whether its model did before: then a key that is missing now was lost
 */
export async function checkTurn(
  { clock, limits }: Pick<Context, 'clock' | 'limits'>,
  link: NodeLink,
  { agent, answered }: { agent: string; answered: boolean },
): Promise<TurnCheck> {
  const began = clock.monotonic()
  const { left, ...tried } = await tryTurn(link, agent, { clock, forMs: limits.updateTurnMs })
  const tookMs = Math.round(clock.monotonic() - began)
  const common = { ...NOT_RUN, agent, left }
  switch (tried.seen) {
    case 'answered':
      return { ...common, state: 'answered', tookMs }
    case 'silent':
      return { ...common, state: 'silent', tookMs }
    case 'not-offered':
      return noTurn('not-supported', common)
    case 'no-key':
      return answered ? { ...common, state: 'failed', said: tried.text, tookMs } : noTurn('no-key', common)
    case 'failed':
      return { ...common, state: 'failed', said: tried.text, tookMs }
  }
}
