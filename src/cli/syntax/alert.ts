import type { Thresholds } from '../../monitor/thresholds.ts'
import { type Command, type Operand, type Option, REASON } from '../command.ts'

const INCIDENT: Operand = { name: 'incident', summary: 'option.incident.description', suggest: 'incident' }

/** The part of the fleet that a mute or a rule is for. */
const SCOPE: readonly Option[] = [
  { name: 'node', kind: 'text', summary: 'option.scope-node.description', suggest: 'node' },
  { name: 'agent', kind: 'text', summary: 'option.agent.description' },
  { name: 'tag', kind: 'list', summary: 'option.tag.description' },
]

const RULES = Object.keys({
  contextNotice: true,
  contextWarning: true,
  contextCritical: true,
  contextBand: true,
  timeLeftWarning: true,
  timeLeftCritical: true,
  timeLeftFrom: true,
  diskWarning: true,
  diskCritical: true,
  memoryWarning: true,
  memoryCritical: true,
  runawayShare: true,
  backupEvery: true,
  drillEvery: true,
} satisfies Record<keyof Thresholds, true>)

/** The commands on incidents and on the rules behind them. */
export const alertCommands: readonly Command[] = [
  {
    path: 'alert list',
    aliases: ['alert ls', 'alerts'],
    operation: 'list-incidents',
    summary: 'command.alert.list.description',
    options: [{ name: 'all', kind: 'flag', summary: 'option.all.description' }],
    load: async () => (await import('../commands/alert.ts')).list,
  },
  {
    path: 'alert ack',
    operation: 'acknowledge-incident',
    summary: 'command.alert.ack.description',
    operands: [INCIDENT],
    options: [REASON],
    load: async () => (await import('../commands/alert.ts')).ack,
  },
  {
    path: 'alert snooze',
    operation: 'snooze-incident',
    summary: 'command.alert.snooze.description',
    operands: [INCIDENT],
    options: [
      { name: 'for', field: 'minutes', kind: 'minutes', summary: 'cli.option.snooze-for', required: true },
      REASON,
    ],
    load: async () => (await import('../commands/alert.ts')).snooze,
  },
  {
    path: 'alert unsnooze',
    operation: 'unsnooze-incident',
    summary: 'command.alert.unsnooze.description',
    operands: [INCIDENT],
    options: [REASON],
    load: async () => (await import('../commands/alert.ts')).unsnooze,
  },
  {
    path: 'alert mute',
    operation: 'mute-alerts',
    summary: 'command.alert.mute.description',
    options: [
      ...SCOPE,
      { name: 'for', field: 'minutes', kind: 'minutes', summary: 'cli.option.mute-for', required: true },
      REASON,
    ],
    load: async () => (await import('../commands/alert.ts')).mute,
  },
  {
    path: 'alert test',
    operation: 'test-alerts',
    summary: 'command.alert.test.description',
    load: async () => (await import('../commands/alert.ts')).test,
  },
  {
    path: 'alert rule',
    aliases: ['alert rules'],
    operation: 'set-rule',
    summary: 'command.alert.rule.description',
    operands: [
      { name: 'name', summary: 'cli.operand.rule', optional: true, choices: RULES, shortened: true },
      { name: 'value', summary: 'cli.operand.value', optional: true },
    ],
    options: [...SCOPE, REASON],
    load: async () => (await import('../commands/alert-rule.ts')).alertRule,
  },
]
