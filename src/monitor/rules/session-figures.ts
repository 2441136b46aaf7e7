import type { ContextFacts, SessionFacts } from '../../openclaw/snapshot.ts'
import { andParams } from '../signal.ts'

/** The numbers behind a condition of a session, for its text. `more` is what the condition has besides. */
export function figures(
  { agentId, key, model, context }: SessionFacts,
  more?: Readonly<Record<string, number>>,
): Record<string, string | number> {
  const own = {
    agent: agentId,
    session: key,
    model: model ?? '?',
    used: context.used.value ?? '?',
    window: context.window.value ?? '?',
    reserve: context.reserve,
    headroom: context.headroom.value ?? '?',
    percent: context.usablePercent.value ?? '?',
  }
  return more === undefined ? own : andParams<string | number>(own, more)
}

/** Tokens that a prompt may have before the provider refuses; null when the window is not known. */
export function usableTokens({ window, reserve }: ContextFacts): number | null {
  return window.freshness === 'unknown' ? null : Math.max(1, window.value - reserve)
}
