import { type Thresholds, thresholdsSchema } from '../../monitor/thresholds.ts'
import { runOperation } from '../../operations/run-operation.ts'
import { type RuleReport, setRule } from '../../operations/set-rule.ts'
import type { Ink } from '../../presenters/ink.ts'
import { reportScope, ruleRows } from '../../presenters/set-rule.ts'
import { choicesMeant } from '../arguments.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { readDuration } from '../duration.ts'
import { type Cell, renderTable } from '../table.ts'
import { UsageError } from '../usage-error.ts'

const RULES: readonly string[] = Object.keys(thresholdsSchema.shape)
/** Rules that count minutes. */
const TIMES = /^timeLeft(Warning|Critical)$/
/** Rules that count hours. */
const HOURS = /Every$/
/** Goes back to the inherited value. */
const INHERIT = 'default'

/** `ocm alert rule`: the thresholds of a part of the fleet, and their change. */
export async function alertRule(call: Call): Promise<Answer> {
  const { args, out, signal } = call
  const shown = rulesNamed(args.text('name'))
  const change = changeOf(shown, args.text('value'))
  const context = await call.open('none')
  const input = {
    node: args.text('node') ?? null,
    agent: args.text('agent') ?? null,
    tag: args.text('tag') ?? null,
    ...change,
  }
  const reason = args.text('reason')
  const report = await runOperation(context, call.actor, setRule, input, {
    signal,
    ...(reason === undefined ? {} : { reason }),
  })
  const thresholds = Object.fromEntries(
    Object.entries(report.data.thresholds).filter(([name]) => shown.includes(name)),
  )
  const data = { ...report.data, thresholds }
  return answerOf({ ...report, data }, rulesText(data, out))
}

/** All of them when none is named. */
function rulesNamed(word: string | undefined): readonly string[] {
  return word === undefined ? RULES : choicesMeant({ choices: RULES }, word)
}

/** @throws UsageError when a value is for several rules, or is none */
function changeOf(names: readonly string[], value: string | undefined) {
  if (value === undefined) return { name: null }
  const [name, ...others] = names
  if (name === undefined || others.length > 0) {
    const params = { name: 'name', value: names.join('|'), choices: names.join(', ') }
    throw new UsageError('not-a-choice', params, { path: 'alert rule' })
  }
  return { name, value: readValue(name, value) }
}

/** A time for the rules that count minutes, and a number for the others, with or without its sign. @throws UsageError */
function readValue(name: string, text: string): number | null {
  if (text === INHERIT) return null
  const value = HOURS.test(name)
    ? readTime(text, 'h', 3_600)
    : TIMES.test(name)
      ? readTime(text, 'm', 60)
      : Number(text.replace(/%$/, ''))
  if (text.trim() === '' || !Number.isFinite(value))
    throw new UsageError('not-a-number', { option: 'value', value: text }, { path: 'alert rule' })
  return value
}

/** So many of a unit, also written with another one; a plain number where it is no duration. */
function readTime(text: string, unit: 'm' | 'h', unitSeconds: number): number {
  const seconds = readDuration(text, unit)
  return seconds === null ? Number(text) : seconds / unitSeconds
}

function rulesText(
  report: Omit<RuleReport, 'thresholds'> & { thresholds: Partial<Thresholds> },
  ink: Ink,
): string {
  const rows = ruleRows(report, ink).map(({ name, value, meaning, setFor }): Cell[] => [
    name,
    value,
    meaning,
    setFor.join(', '),
  ])
  return `${[
    ink.paint('strong', reportScope(report.scope, ink)),
    ...renderTable(
      [
        { title: ink.t('cli.rule.name') },
        { title: ink.t('cli.rule.value'), align: 'right' },
        { title: ink.t('cli.rule.meaning') },
        { title: ink.t('cli.rule.set-for') },
      ],
      rows,
      { width: null, paint: ink.paint },
    ),
  ].join('\n')}\n`
}
