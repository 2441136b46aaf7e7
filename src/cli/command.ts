import type { SshNeed } from '../create-context.ts'
import type { Actor } from '../operations/access.ts'
import type { Context } from '../operations/context.ts'
import type { Report } from '../operations/operation.ts'
import type { Ending } from '../presenters/ending.ts'
import type { Answered } from '../presenters/envelope.ts'
import type { Config, DiscordNeed } from '../settings/config.ts'
import type { PlainKey } from '../text/params.ts'
import type { Arguments } from './arguments.ts'
import type { TerminalInk } from './ink.ts'
import type { Terminal } from './terminal.ts'

/** What a shell can offer for a value. */
export type Suggestion = 'node' | 'retired-node' | 'incident' | 'file' | 'command'

/** An option of a command. The same name means the same kind of value in every command. */
export interface Option {
  name: string
  /** `minutes` and `seconds` are times such as 30s, 30m, 8h or 2d; a number without a unit counts in that of the kind. */
  kind: 'flag' | 'text' | 'number' | 'minutes' | 'seconds' | 'list'
  summary: PlainKey
  /** The field of the operation's input that it becomes, where that is called otherwise. */
  field?: string
  short?: string
  required?: boolean
  /** What it means without a value; only for times. */
  implied?: string
  choices?: readonly string[]
  suggest?: Suggestion
}

/** A value that is given by its place. */
export interface Operand {
  name: string
  summary: PlainKey
  /** As of an {@link Option}. */
  field?: string
  optional?: boolean
  choices?: readonly string[]
  /** The beginning of a choice will do; it may be that of several. */
  shortened?: boolean
  suggest?: Suggestion
}

/** What a command has said. `text` is for people, null when everything is printed already. */
export interface Answer extends Answered {
  text: string | null
}

/** One call of a command. */
export interface Call {
  args: Arguments
  json: boolean
  terminal: Terminal
  /** For what is asked for, on standard output. */
  out: TerminalInk
  /** For questions, progress and errors, on standard error. */
  err: TerminalInk
  /** Ends when the person gives up. */
  signal: AbortSignal
  actor: Actor
  /** Epoch milliseconds. */
  now(): number
  /** The version of the program. */
  version: string
  /** Every command of the program. */
  commands: readonly Command[]
  /** @throws ConfigError */
  settings(discord: DiscordNeed): Promise<Config>
  /**
   * Opens everything that operations need; closed when the command has ended.
   * @throws OperatorError as createContext does
   */
  open(ssh: SshNeed): Promise<Context>
}

/** How one command is typed: the parser, the help and the completion are made from it. */
export interface Command {
  /** For example `node list`. */
  path: string
  /** Other ways to type it. */
  aliases?: readonly string[]
  /** What it is called in the audit and in JSON. */
  operation: string
  summary: PlainKey
  operands?: readonly Operand[]
  options?: readonly Option[]
  /** Loads what it does. Help and completion do without. */
  load(): Promise<Run>
}

/** The work of a command. */
export type Run = (call: Call) => Promise<Answer>

/** Options that every command takes. */
export const GLOBAL_OPTIONS: readonly Option[] = [
  { name: 'json', kind: 'flag', summary: 'cli.option.json' },
  { name: 'events', kind: 'flag', summary: 'cli.option.events' },
  { name: 'lang', kind: 'text', summary: 'cli.option.lang', choices: ['en', 'ja', 'zh-CN'] },
  { name: 'settings', kind: 'text', summary: 'cli.option.settings', suggest: 'file' },
  { name: 'verbose', kind: 'flag', summary: 'cli.option.verbose' },
  { name: 'help', kind: 'flag', summary: 'cli.option.help', short: 'h' },
  { name: 'version', kind: 'flag', summary: 'cli.option.version' },
]

/** Skips the question of a dangerous command. */
export const YES: Option = { name: 'yes', kind: 'flag', summary: 'cli.option.yes', short: 'y' }
/** Goes into the audit. */
export const REASON: Option = { name: 'reason', kind: 'text', summary: 'option.reason.description' }
/** Names the one host key that may be trusted. */
export const ACCEPT_HOST_KEY: Option = {
  name: 'accept-host-key',
  kind: 'text',
  summary: 'cli.option.accept-host-key',
}
/** The same for the jump host on the way. */
export const ACCEPT_JUMP_KEY: Option = {
  name: 'accept-jump-key',
  kind: 'text',
  summary: 'cli.option.accept-jump-key',
}
export const NODE: Operand = { name: 'node', summary: 'option.node.description', suggest: 'node' }

/** The answer of a command that ran one operation. */
export function answerOf(report: Report<unknown>, text: string | null): Answer {
  const { operationId, outcome, data, startedAt, durationMs } = report
  return { ending: outcome, data, operationId, startedAt, durationMs, text }
}

/** The answer of a command that is no operation. */
export function plainAnswer(ending: Ending, data: unknown, text: string): Answer {
  return { ending, data, operationId: null, startedAt: null, durationMs: null, text }
}
