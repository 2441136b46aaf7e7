import {
  type AutocompleteInteraction,
  type BaseInteraction,
  type ChatInputCommandInteraction,
  GuildMember,
  type Interaction,
  type MessageComponentInteraction,
} from 'discord.js'
import { OperatorError } from '../base/errors.ts'
import { type Locale, localeOf } from '../base/locale.ts'
import type { Actor } from '../operations/access.ts'
import type { Claim, Confirmations } from '../operations/confirmations.ts'
import type { Context } from '../operations/context.ts'
import type { GrantRule } from '../settings/grants.ts'
import { actorOf } from './access.ts'
import { type Answerable, type AnswerKind, type OpenAnswer, openAnswer, type SentForm } from './answer.ts'
import type { Card } from './card.ts'
import { type Call, type Command, commandKey, type OptionValues } from './command.ts'
import { decodeCustomId } from './custom-id.ts'
import type { CommandIds } from './ink.ts'
import { createLatenessGauge } from './lateness.ts'
import { postMessage, privateMessage } from './message.ts'
import { pressConfirmation } from './press-confirmation.ts'
import type { QuestionCards } from './question-cards.ts'
import { createReader, type Reader } from './reader.ts'
import { createRunningWork } from './running-work.ts'
import { inWordsOf } from './typed-option.ts'
import { errorView, noteView } from './views/error.ts'

const MAX_CHOICES = 25
const MAX_CHOICE_TEXT = 100

export interface DispatchOptions {
  context: Context
  grants: readonly GrantRule[]
  confirmations: Confirmations
  questionCards: QuestionCards
  commands: readonly Command[]
  guildId: string
  /** Where alerts go; commands are always answered there. */
  alertChannelId: string
  /** Channels in which commands are answered, besides that; empty is every one. */
  channels?: readonly string[]
  defaultLocale: Locale
  commandIds(): CommandIds
  /** Ends when the bot stops. */
  signal: AbortSignal
}

/** Takes interactions to their commands. */
export interface Dispatcher {
  /** Never rejects: whatever goes wrong is told to the person and logged. */
  handle(interaction: Interaction): Promise<void>
  /** Resolves when no interaction is being worked on. */
  idle(): Promise<void>
}

/** The pipeline of an interaction: is it ours, is it in time, acknowledge, run, render, and tell what went wrong. */
export function createDispatcher(options: DispatchOptions): Dispatcher {
  const { context, commands } = options
  const { clock, log } = context
  const byKey = new Map(commands.map((command) => [commandKey(command), command]))
  const gauge = createLatenessGauge(clock)
  const running = createRunningWork()
  const underWay = new Set<Promise<void>>()

  const readerOf = (interaction: BaseInteraction): Reader =>
    createReader(localeOf(interaction.locale, options.defaultLocale), clock.now(), options.commandIds())

  async function route(interaction: Interaction): Promise<void> {
    if (interaction.isAutocomplete()) return suggest(interaction, byKey, options)
    if (!isAnswerable(interaction)) return
    if (gauge.isTooLate(interaction.createdTimestamp)) return tellTooLate(interaction)
    if (interaction.guildId !== options.guildId) return refuse(interaction, 'wrong-server')
    if (!isAnsweredIn(options, interaction)) return refuse(interaction, 'wrong-channel')
    if (interaction.isModalSubmit()) return takeForm(interaction)
    return interaction.isChatInputCommand() ? runCommand(interaction) : runControl(interaction)
  }

  async function runCommand(interaction: ChatInputCommandInteraction): Promise<void> {
    const subcommand = interaction.options.getSubcommand(false)
    const command = byKey.get(`${interaction.commandName}-${subcommand}`)
    if (!command) return refuse(interaction, 'old-card')
    const options = valuesOf(interaction)
    const form = command.form?.open(options, readerOf(interaction)) ?? null
    if (form !== null) {
      await interaction.showModal(form)
      return
    }
    await answered(interaction, command.audience, (call) => command.execute(call, options), command)
  }

  /** A form that was filled in: it goes on as its command does. */
  async function takeForm(interaction: SentForm): Promise<void> {
    const id = decodeCustomId(interaction.customId)
    const command = id?.action === 'form' ? byKey.get(id.command) : undefined
    const form = command?.form
    if (!id || !command || !form) return refuse(interaction, 'old-card')
    const take = (call: Call) => form.submit(call, id.args, typedIn(interaction))
    await answered(interaction, command.audience, take, command)
  }

  async function runControl(interaction: MessageComponentInteraction): Promise<void> {
    const id = decodeCustomId(interaction.customId)
    if (id?.command === 'confirm') return confirm(interaction, id.args[0] ?? '', id.action === 'yes')
    const control = id && byKey.get(id.command)?.controls?.[id.action]
    if (!id || !control) return refuse(interaction, 'old-card')
    const values = interaction.isStringSelectMenu() ? interaction.values : []
    await answered(interaction, control.answer, (call) => control.press(call, id.args, values))
  }

  /**
   * A press on a question. Who may not answer it, or comes after it was decided, is told so at once, by the one request
   * that also acknowledges: a crowd on one card costs no more.
   */
  async function confirm(interaction: MessageComponentInteraction, id: string, yes: boolean): Promise<void> {
    let claim: Claim
    try {
      claim = options.confirmations.claim(id, actorFrom(interaction, options.grants))
    } catch (error) {
      const card = errorView(known(context, error, labelOf(interaction)), readerOf(interaction))
      // Nothing will ever come of these buttons again: the card says so instead of offering them.
      const over = error instanceof OperatorError && error.code === 'confirmation-expired'
      if (over) return answered(interaction, 'update', (call) => call.answer.finish(card))
      await interaction.reply(privateMessage(card))
      return
    }
    try {
      await answered(interaction, 'update', (call, answer) =>
        pressConfirmation({ call, answer, claim, id, yes, commands }),
      )
    } finally {
      claim.release()
    }
  }

  /** Acknowledges, works, and turns what is thrown into a private card. */
  async function answered(
    interaction: Answerable,
    kind: AnswerKind,
    work: (call: Call, answer: OpenAnswer) => Promise<void>,
    typed: Command | null = null,
  ): Promise<void> {
    const answer = await openAnswer(interaction, kind, { clock, log, newId: () => context.newId() })
    if (!answer) return tellTooLate(interaction)
    const call: Call = {
      context,
      actor: actorFrom(interaction, options.grants),
      reader: readerOf(interaction),
      readerNow: () => readerOf(interaction),
      answer,
      signal: options.signal,
      channelId: interaction.channelId,
      confirmations: options.confirmations,
      questionCards: options.questionCards,
      running,
    }
    try {
      await work(call, answer)
    } catch (error) {
      const reader = readerOf(interaction)
      const told = inWordsOf(typed, known(context, error, labelOf(interaction)), reader)
      await answer.fail(errorView(told, reader))
    }
  }

  async function refuse(
    interaction: Answerable,
    note: 'wrong-server' | 'wrong-channel' | 'old-card',
  ): Promise<void> {
    const card = refusal(note, options.alertChannelId, readerOf(interaction))
    await interaction.reply(privateMessage(card))
  }

  /** The interaction can no longer be answered; the channel can. */
  async function tellTooLate(interaction: Answerable): Promise<void> {
    log.warn({ where: labelOf(interaction) }, 'an interaction came too late')
    const { ink } = readerOf(interaction)
    const who = ink.person(interaction.user.id, interaction.user.username)
    const card = noteView(`⌛ ${ink.t('note.too-late', {}, { who })}`)
    await postMessage(interaction.client, clock, interaction.channelId, card, context.newId())
  }

  return {
    handle(interaction) {
      const work = route(interaction).catch((error: unknown) => {
        log.error({ err: error, where: labelOf(interaction) }, 'an interaction could not be answered')
      })
      underWay.add(work)
      return work.finally(() => underWay.delete(work))
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay)
    },
  }
}

/** What went wrong, as it is told; the log has it under the same id. */
function known({ log, newId }: Context, error: unknown, where: string): OperatorError {
  const wrapped = error instanceof OperatorError ? error : new OperatorError('internal', {}, { cause: error })
  wrapped.incident ??= newId()
  const fields = { err: error, where, incident: wrapped.incident, code: wrapped.code }
  if (wrapped.kind === 'internal') log.error(fields, 'an interaction broke')
  else log.info(fields, 'an interaction was refused')
  return wrapped
}

/** Why nothing is done, in words. */
function refusal(
  note: 'wrong-server' | 'wrong-channel' | 'old-card',
  alertChannelId: string,
  { ink }: Reader,
): Card {
  if (note === 'old-card') return noteView(`✋ ${ink.t('confirm.old-card')}`)
  if (note === 'wrong-server') return noteView(`✋ ${ink.t('note.wrong-server')}`)
  return noteView(`✋ ${ink.t('note.wrong-channel', {}, { channel: `<#${alertChannelId}>` })}`)
}

/** Whether commands are answered where this was done. A thread is a part of its channel. */
function isAnsweredIn(
  { channels = [], alertChannelId }: DispatchOptions,
  { channel, channelId }: BaseInteraction,
): boolean {
  if (channels.length === 0) return true
  const places = [channelId, channel?.isThread() ? channel.parentId : null]
  return places.some((id) => id !== null && (id === alertChannelId || channels.includes(id)))
}

/** Offers values for a half-typed option. */
async function suggest(
  interaction: AutocompleteInteraction,
  byKey: ReadonlyMap<string, Command>,
  options: DispatchOptions,
): Promise<void> {
  const { context, grants, guildId } = options
  const subcommand = interaction.options.getSubcommand(false)
  const focused = interaction.options.getFocused(true)
  const complete = byKey.get(`${interaction.commandName}-${subcommand}`)?.autocomplete?.[focused.name]
  const known = interaction.guildId === guildId && isAnsweredIn(options, interaction) && complete
  const actor = actorFrom(interaction, grants)
  const choices = known ? known(String(focused.value), context, actor, valuesOf(interaction)) : []
  await interaction.respond(
    choices
      .filter(({ value }) => value.length <= MAX_CHOICE_TEXT)
      .slice(0, MAX_CHOICES)
      .map(({ name, value }) => ({ name: name.slice(0, MAX_CHOICE_TEXT), value })),
  )
}

function isAnswerable(interaction: Interaction): interaction is Interaction & Answerable {
  if (interaction.isModalSubmit()) return interaction.channelId !== null
  return interaction.isChatInputCommand() || interaction.isMessageComponent()
}

/** What was typed into a form, by the ids of its inputs. */
function typedIn({ fields }: SentForm): Map<string, string> {
  return new Map(
    [...fields.fields.values()].flatMap((field) =>
      'value' in field && typeof field.value === 'string' ? [[field.customId, field.value] as const] : [],
    ),
  )
}

function actorFrom(interaction: BaseInteraction, grants: readonly GrantRule[]): Actor {
  const { member, user } = interaction
  const roleIds = member instanceof GuildMember ? [...member.roles.cache.keys()] : (member?.roles ?? [])
  return actorOf({ userId: user.id, name: user.username, roleIds }, grants)
}

/** The options of the subcommand by their English names, whatever language the client showed. */
function valuesOf(interaction: ChatInputCommandInteraction | AutocompleteInteraction): OptionValues {
  const options = interaction.options.data[0]?.options ?? []
  return Object.fromEntries(
    options.flatMap(({ name, value }) => (value === undefined || value === null ? [] : [[name, value]])),
  )
}

function labelOf(interaction: BaseInteraction): string {
  if (interaction.isMessageComponent() || interaction.isModalSubmit()) return interaction.customId
  return interaction.isCommand() ? `/${interaction.commandName}` : `interaction type ${interaction.type}`
}
