import type { Ink } from '../presenters/ink.ts'
import type { PlainKey } from '../text/params.ts'
import { isPlainKey } from '../text/translate.ts'
import { type Answer, type Call, type Command, GLOBAL_OPTIONS, type Option, plainAnswer } from './command.ts'
import { UsageError } from './usage-error.ts'
import { padTo, widthOf } from './width.ts'

const INDENT = '  '

/**
 * The help for a command, a group or the whole program.
 * @throws UsageError missing-command when a group was named and nobody asked for help
 */
export function helpAnswer(path: string, { commands, args, out }: Call): Answer {
  const shown = commands.filter((command) => path === '' || command.path === path || inGroup(command, path))
  const [only] = shown
  const isCommand = only !== undefined && only.path === path
  if (path !== '' && !isCommand && !args.flag('help'))
    throw new UsageError(
      'missing-command',
      { group: path, commands: shown.map((command) => command.path.split(' ')[1]).join(', ') },
      { path },
    )
  const text = isCommand ? commandHelp(only, out) : overview(shown, path, out)
  return plainAnswer('done', { commands: shown.map((command) => described(command, out)) }, text)
}

/** How a command is typed, for example `ocm node logs NODE [--lines N]`. */
export function usageLine({ path, operands = [], options = [] }: Command): string {
  const parts = operands.map(({ name, optional, choices }) => {
    const shown = choices ? choices.join('|') : name.toUpperCase()
    return optional ? `[${shown}]` : shown
  })
  const needed = options.filter(({ required }) => required).map((option) => optionForm(option))
  const rest = options.some(({ required }) => !required)
  return ['ocm', path, ...parts, ...needed, ...(rest ? ['[…]'] : [])].join(' ')
}

function overview(commands: readonly Command[], path: string, ink: Ink): string {
  const groups = [...new Set(commands.map((command) => groupOf(command)))]
  const sections = groups.map((group) => {
    const key = `cli.group.${group}`
    return [
      ink.paint('strong', isPlainKey(key) ? ink.t(key) : group),
      ...aligned(
        commands
          .filter((command) => groupOf(command) === group)
          .map((command) => [shortUsage(command), ink.t(command.summary)]),
      ),
    ].join('\n')
  })
  return [
    ...(path === ''
      ? [ink.t('cli.intro'), `${ink.t('cli.help.usage')} ocm … [--json] [--lang en|ja|zh-CN]`]
      : []),
    ...sections,
    ...(path === '' ? [optionSection('cli.help.global', GLOBAL_OPTIONS, ink), ink.t('cli.help.more')] : []),
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n')
}

function commandHelp(command: Command, ink: Ink): string {
  const { operands = [], options = [] } = command
  const given = operands.map(({ name, summary }): [string, string] => [name.toUpperCase(), ink.t(summary)])
  return [
    ink.t(command.summary),
    [`${ink.t('cli.help.usage')} ${usageLine(command)}`, ...alsoTyped(command, ink)].join('\n'),
    ...(given.length > 0
      ? [[ink.paint('strong', ink.t('cli.help.operands')), ...aligned(given)].join('\n')]
      : []),
    ...(options.length > 0 ? [optionSection('cli.help.options', options, ink)] : []),
    optionSection('cli.help.global', GLOBAL_OPTIONS, ink),
  ]
    .join('\n\n')
    .concat('\n')
}

function alsoTyped({ aliases = [] }: Command, ink: Ink): string[] {
  if (aliases.length === 0) return []
  return [ink.t('cli.help.aliases', { aliases: aliases.map((alias) => `ocm ${alias}`).join(', ') })]
}

function optionSection(title: PlainKey, options: readonly Option[], ink: Ink): string {
  const lines = options.map((option): [string, string] => {
    const choices = option.choices ? ` (${option.choices.join(', ')})` : ''
    const short = option.short === undefined ? '' : `-${option.short}, `
    return [`${short}${optionForm(option)}`, ink.t(option.summary) + choices]
  })
  return [ink.paint('strong', ink.t(title)), ...aligned(lines)].join('\n')
}

const VALUE_FORMS = {
  flag: '',
  text: ' TEXT',
  number: ' N',
  minutes: ' 30m|8h|2d',
  seconds: ' 30s|5m',
  list: ' A,B',
} as const

function optionForm({ name, kind, implied }: Option): string {
  const value = VALUE_FORMS[kind]
  return `--${name}${implied === undefined ? value : ` [${value.trim()}]`}`
}

function shortUsage({ path, operands = [] }: Command): string {
  return [
    path,
    ...operands.map(({ name, optional }) => (optional ? `[${name.toUpperCase()}]` : name.toUpperCase())),
  ].join(' ')
}

function aligned(lines: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...lines.map(([left]) => widthOf(left)))
  return lines.map(([left, right]) => `${INDENT}${padTo(left, width)}  ${right}`)
}

function described({ path, summary, operands = [], options = [] }: Command, ink: Ink) {
  return {
    command: path,
    summary: ink.t(summary),
    operands: operands.map(({ name, optional = false }) => ({ name, required: !optional })),
    options: options.map(({ name, kind, required = false, choices = null }) => ({
      name,
      kind,
      required,
      choices,
    })),
  }
}

function groupOf({ path }: Command): string {
  return path.includes(' ') ? (path.split(' ')[0] ?? '') : 'program'
}

function inGroup(command: Command, group: string): boolean {
  return command.path.startsWith(`${group} `)
}
