import type { Thresholds } from '../../monitor/thresholds.ts'
import { runOperation } from '../../operations/run-operation.ts'
import { type RuleReport, setRule } from '../../operations/set-rule.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import type { Ink } from '../ink.ts'
import { type Cell, renderTable } from '../table.ts'
import { UsageError } from '../usage-error.ts'

/** Goes back to the inherited value. */
const INHERIT = 'default'

/** `ocm alert rule`: the thresholds of a part of the fleet, and their change. */
export async function alertRule(call: Call): Promise<Answer> {
  const { args, out, signal } = call
  const name = args.text('name') ?? null
  const change = name === null ? { name: null } : { name, value: readValue(args.text('value')) }
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
  return answerOf(report, rulesText(report.data, out))
}

/** @throws UsageError */
function readValue(text: string | undefined): number | null {
  if (text === undefined)
    throw new UsageError('missing-operand', { operand: 'value' }, { path: 'alert rule' })
  if (text === INHERIT) return null
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value))
    throw new UsageError('not-a-number', { option: 'value', value: text }, { path: 'alert rule' })
  return value
}

function rulesText({ scope, thresholds, overrides }: RuleReport, ink: Ink): string {
  const where = (name: string): string =>
    overrides
      .filter(({ set }) => Object.hasOwn(set, name))
      .map(({ scope: at }) =>
        'fleet' in at
          ? ink.t('rules.fleet')
          : 'tag' in at
            ? `#${at.tag}`
            : 'agent' in at
              ? `${at.node}/${at.agent}`
              : at.node,
      )
      .join(', ')
  const rows = Object.entries(thresholds).map(([name, value]): Cell[] => [
    name,
    ink.number(value, 2),
    ink.t(`rule.${name as keyof Thresholds}`),
    where(name),
  ])
  const shown = [scope.node, scope.agent, scope.tag === null ? null : `#${scope.tag}`]
    .filter((part) => part !== null)
    .join('/')
  return `${[
    ink.paint('strong', shown === '' ? ink.t('rules.fleet') : shown),
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
