import type {
  APIApplicationCommandSubcommandOption,
  APIModalInteractionResponseCallbackData,
  ApplicationCommandOptionType,
} from 'discord.js'
import type { z } from 'zod'
import { OperatorError } from '../base/errors.ts'
import type { Actor } from '../operations/access.ts'
import type { Confirmation, Confirmations } from '../operations/confirmations.ts'
import type { Context } from '../operations/context.ts'
import type { Operation } from '../operations/operation.ts'
import type { Card } from './card.ts'
import type { QuestionCards } from './question-cards.ts'
import type { Reader } from './reader.ts'

/** One answer being written. */
export interface Answer {
  /** Shows progress; edits are thinned out, and a card is only made when it is its turn to be shown. */
  show(make: () => Card): void
  /** Shows the last state. */
  finish(card: Card): Promise<void>
  /** Id of the message that holds the answer; null when it is private or unknown. */
  readonly messageId: string | null
}

/** Work that a button can stop. Lives in memory only, as the work does. */
export interface RunningWork {
  /** Registers work under an id and returns the signal that ends it, together with `parent`. */
  start(id: string, ownerId: string, parent: AbortSignal): AbortSignal
  /** Stops work that belongs to this person; false when there is none. */
  stop(id: string, who: { id: string; name: string }): boolean
  end(id: string): void
}

/** One use of a command, a button or a menu. */
export interface Call {
  context: Context
  actor: Actor
  reader: Reader
  /** The reader at this moment, for cards that are made later than the call. */
  readerNow(): Reader
  answer: Answer
  /** Ends when the bot stops. */
  signal: AbortSignal
  channelId: string
  confirmations: Confirmations
  questionCards: QuestionCards
  running: RunningWork
}

/** Values of the options, by their English names. */
export type OptionValues = Readonly<Record<string, string | number | boolean>>

/** Who may see the answer: everybody in the channel, or only the person who asked. */
export type Audience = 'channel' | 'private'

/** A suggestion for a half-typed option. */
export interface Choice {
  name: string
  value: string
}

/** Suggests values for a half-typed option; `given` are the other options as far as they are filled in. */
export type Suggest = (query: string, context: Context, actor: Actor, given: OptionValues) => Choice[]

/** A button or a menu of a command's cards. */
export interface Control {
  /** `update` changes the card it is on; the others answer with a new message. */
  answer: 'update' | Audience
  press(call: Call, args: readonly string[], values: readonly string[]): Promise<void>
}

/** Takes back a confirmed question: runs exactly what was confirmed. */
export type ConfirmedRun = (call: Call, confirmation: Confirmation) => Promise<void>

/** A form that asks for what the options left out. It opens at once and from memory: there are three seconds. */
export interface Form {
  /** The form; null when the options say enough. */
  open(options: OptionValues, reader: Reader): APIModalInteractionResponseCallbackData | null
  /** What was typed, by the ids of the inputs; untrusted like every option. `args` are those of the form's own id. */
  submit(call: Call, args: readonly string[], values: ReadonlyMap<string, string>): Promise<void>
}

/** A subcommand: it parses, runs one operation and renders. */
export interface Command {
  group: 'node' | 'backup' | 'bot' | 'fleet' | 'session' | 'alert' | 'approval' | 'board' | 'audit' | 'web'
  /** What it runs. */
  operation: Pick<Operation<unknown, unknown>, 'name'>
  /** Subcommand as Discord gets it, with names and descriptions in every language. */
  data: APIApplicationCommandSubcommandOption
  audience: Audience
  /** Options by the field of the operation's input that each becomes, where that is called otherwise. */
  fields?: Readonly<Record<string, string>>
  /** Suggestions by option name, from memory only: there are three seconds and no second try. */
  autocomplete?: Readonly<Record<string, Suggest>>
  controls?: Readonly<Record<string, Control>>
  form?: Form
  /** What a press on this command's confirmation runs. */
  confirmed?: ConfirmedRun
  execute(call: Call, options: OptionValues): Promise<void>
}

type Option = NonNullable<APIApplicationCommandSubcommandOption['options']>[number]

/** What the client sends for an option; of a choice, one of its values. */
type ValueOf<One extends Option> = One extends { choices: readonly { value: infer Value }[] }
  ? Value
  : One['type'] extends ApplicationCommandOptionType.String
    ? string
    : One['type'] extends ApplicationCommandOptionType.Integer | ApplicationCommandOptionType.Number
      ? number
      : One['type'] extends ApplicationCommandOptionType.Boolean
        ? boolean
        : never

type IsRequired<One extends Option> = One extends { required: true } ? true : false

type OptionsOf<Data> = Data extends { options: readonly (infer One extends Option)[] } ? One : never

/** The values of exactly the options that `Data` names: another name does not compile. */
export type TypedValues<Data> = {
  readonly [One in OptionsOf<Data> as One['name']]:
    | ValueOf<One>
    | (IsRequired<One> extends true ? never : undefined)
}

/** Names of the options for which the client asks for suggestions. */
type SuggestedNames<Data> = Extract<OptionsOf<Data>, { autocomplete: true }>['name']

/** A subcommand whose `execute` may read only the options that its `data` has, each as what it is. */
export function defineCommand<const Data extends APIApplicationCommandSubcommandOption>(
  command: Omit<Command, 'data' | 'execute' | 'autocomplete'> & {
    data: Data
    execute(call: Call, options: TypedValues<Data>): Promise<void>
  } & ([SuggestedNames<Data>] extends [never]
      ? { autocomplete?: never }
      : { autocomplete: Readonly<Record<SuggestedNames<Data>, Suggest>> }),
): Command {
  return { ...command, execute: (call, options) => command.execute(call, options as TypedValues<Data>) }
}

/** The name under which a command's controls and confirmations are addressed. */
export function commandKey(command: Pick<Command, 'group' | 'data'>): string {
  return `${command.group}-${command.data.name}`
}

/** A control whose arguments are checked before anything is done with them: a press is user input. */
export function defineControl<Args extends readonly unknown[]>(control: {
  answer: Control['answer']
  args: z.ZodType<Args>
  press(call: Call, args: Args, values: readonly string[]): Promise<void>
}): Control {
  return {
    answer: control.answer,
    press(call, rawArgs, values) {
      const args = control.args.safeParse([...rawArgs])
      if (!args.success) throw new OperatorError('invalid-input', {}, { cause: args.error })
      return control.press(call, args.data, values)
    },
  }
}
