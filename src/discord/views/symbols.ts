import type { Severity } from '../../monitor/conditions.ts'
import type { NodeState } from '../../openclaw/snapshot.ts'
import type { Outcome } from '../../operations/operation.ts'
import type { Colour } from '../card.ts'

export const STATE_SYMBOLS: Record<NodeState, string> = {
  serving: '🟢',
  'not-serving': '🟠',
  'service-down': '🔴',
  unreachable: '🔌',
  unknown: '⚪',
}

export const SEVERITY_SYMBOLS: Record<Severity, string> = { critical: '🔴', warning: '🟡', notice: '🔵' }

export const OUTCOME_SYMBOLS: Record<Outcome, string> = {
  done: '✅',
  partial: '🟡',
  failed: '❌',
  unknown: '❔',
}

/** From worst to best: what decides the colour of a card about several things. */
const WORST_FIRST: readonly Colour[] = ['bad', 'lost', 'warning', 'unknown', 'neutral', 'good']

/** The worst of several colours; `neutral` for nothing. */
export function worstColour(colours: readonly Colour[]): Colour {
  return WORST_FIRST.find((colour) => colours.includes(colour)) ?? 'neutral'
}
