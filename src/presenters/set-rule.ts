import type { RuleOverride, Thresholds } from '../monitor/thresholds.ts'
import type { RuleReport } from '../operations/set-rule.ts'
import type { Ink } from './ink.ts'
import { dotted } from './readings.ts'

type RuleName = keyof Thresholds

/** What a rule is set for. */
export function ruleScope(scope: RuleOverride['scope'], ink: Ink): string {
  if ('fleet' in scope) return ink.t('rules.fleet')
  if ('tag' in scope) return `#${ink.remote(scope.tag, 32)}`
  return dotted([ink.code(scope.node), 'agent' in scope && ink.code(scope.agent, 64)])
}

/** What the rules were asked for. */
export function reportScope({ node, agent, tag }: RuleReport['scope'], ink: Ink): string {
  if (node !== null) return ruleScope(agent === null ? { node } : { node, agent }, ink)
  return ruleScope(tag === null ? { fleet: true } : { tag }, ink)
}

/** A rule as it holds, and where it is set. */
export interface RuleRow {
  name: RuleName
  value: string
  meaning: string
  /** Where it is set for this very scope. */
  isSetHere: boolean
  /** Every scope that has a value of its own, this one among them. */
  setFor: readonly string[]
}

/** The rules of a report, in their order. */
export function ruleRows(
  { scope, thresholds, overrides }: Omit<RuleReport, 'thresholds'> & { thresholds: Partial<Thresholds> },
  ink: Ink,
): RuleRow[] {
  const here = reportScope(scope, ink)
  return Object.entries(thresholds).map(([key, value]) => {
    const name = key as RuleName
    const setFor = overrides
      .filter(({ set }) => Object.hasOwn(set, name))
      .map((one) => ruleScope(one.scope, ink))
    return {
      name,
      value: ink.number(value, 2),
      meaning: ink.t(`rule.${name}`),
      isSetHere: setFor.includes(here),
      setFor,
    }
  })
}
