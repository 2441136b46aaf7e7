import type { RuleOverride, Thresholds } from '../../monitor/thresholds.ts'
import type { RuleReport } from '../../operations/set-rule.ts'
import { dotted, firstOf } from '../../presenters/readings.ts'
import { reportScope, ruleRows, ruleScope } from '../../presenters/set-rule.ts'
import { type Card, makeCard } from '../card.ts'
import type { DiscordInk } from '../ink.ts'
import type { Reader } from '../reader.ts'

const OVERRIDES_SHOWN = 12
type RuleName = keyof Thresholds

/** The thresholds that hold for a scope, what is set there itself, and where else something is set. */
export function alertRuleView(
  report: RuleReport,
  changed: RuleName | null,
  inherited: boolean,
  reader: Reader,
): Card {
  const { ink } = reader
  const { thresholds, overrides, scope } = report
  const elsewhere = overrides.filter((override) => ruleScope(override.scope, ink) !== reportScope(scope, ink))
  const more = elsewhere.length - OVERRIDES_SHOWN
  const change =
    changed === null
      ? ''
      : `✅ ${ink.t(
          inherited ? 'rules.inherited' : 'rules.changed',
          {},
          { rule: ink.t(`rule.${changed}`), value: ink.number(thresholds[changed]) },
        )}`
  return makeCard({
    colour: 'neutral',
    texts: [
      [ink.title(`📏 ${ink.t('rules.title', {}, { scope: reportScope(scope, ink) })}`), change]
        .filter(Boolean)
        .join('\n'),
      ruleRows(report, ink)
        .map(({ value, meaning, isSetHere }) =>
          dotted([`${ink.strong(value)} ${meaning}`, isSetHere && ink.t('rules.set-here')]),
        )
        .join('\n'),
      elsewhere.length === 0
        ? ''
        : [
            ink.strong(ink.t('rules.overrides')),
            ...elsewhere.slice(0, OVERRIDES_SHOWN).map((override) => overrideText(override, ink)),
            more > 0 ? ink.t('word.more', { count: more }) : '',
          ]
            .filter(Boolean)
            .join('\n'),
    ],
  })
}

function overrideText({ scope, set }: RuleOverride, ink: DiscordInk): string {
  const values = (Object.keys(set) as RuleName[]).map(
    (name) => `${ink.t(`rule.${name}`)} ${ink.number(set[name] ?? 0)}`,
  )
  return ink.small(`${ruleScope(scope, ink)}: ${firstOf(ink, values, 3)}`)
}
