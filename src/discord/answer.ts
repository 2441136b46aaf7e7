import type {
  ChatInputCommandInteraction,
  MessageComponentInteraction,
  ModalSubmitInteraction,
} from 'discord.js'
import { MessageFlags } from 'discord.js'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Card } from './card.ts'
import type { Answer, Audience, Control } from './command.ts'
import { ALREADY_ACKNOWLEDGED, discordCode, repeatable, UNKNOWN_INTERACTION } from './discord-errors.ts'
import { createLiveMessage } from './live-message.ts'
import { changedMessage, editMessage, postMessage, privateMessage } from './message.ts'

/** What can be answered with cards. */
export type Answerable = ChatInputCommandInteraction | MessageComponentInteraction | SentForm

/** A form that was filled in, in a channel. */
export type SentForm = ModalSubmitInteraction & { channelId: string }

/** How an interaction is answered: on the card that was pressed, or with a new message. */
export type AnswerKind = 'update' | Audience

/** An acknowledged interaction. */
export interface OpenAnswer extends Answer {
  /** Tells the person alone what went wrong, and leaves nothing half-finished in the channel. */
  fail(card: Card): Promise<void>
}

export interface AnswerTools {
  clock: Clock
  log: Log
  newId(): string
}

/**
 * Acknowledges an interaction, which must happen within three seconds of its making, and opens the answer to it.
 * Returns null when Discord has given up on it.
 */
export async function openAnswer(
  interaction: Answerable,
  kind: AnswerKind,
  tools: AnswerTools,
): Promise<OpenAnswer | null> {
  const acknowledged = await acknowledge(interaction, kind, tools.clock)
  if (acknowledged === null) return null
  const old = 'message' in interaction ? interaction.message : null
  const isPrivate = kind === 'update' ? old?.flags.has(MessageFlags.Ephemeral) === true : kind === 'private'
  let messageId = kind === 'update' ? (old?.id ?? null) : acknowledged.messageId
  const channelId = interaction.channelId
  const live = createLiveMessage({
    clock: tools.clock,
    log: tools.log,
    port: {
      async editByToken(card) {
        await repeatable(tools.clock, () => interaction.editReply(changedMessage(card)))
      },
      editByBot: isPrivate
        ? null
        : async (card) => {
            if (messageId === null) messageId = await postAnew(card)
            else await editMessage(interaction.client, tools.clock, { channelId, messageId }, card)
          },
      postAnew: isPrivate
        ? null
        : async (card) => {
            messageId = await postAnew(card)
          },
    },
  })
  const postAnew = (card: Card) =>
    postMessage(interaction.client, tools.clock, channelId, card, tools.newId())

  return {
    show: live.show,
    finish: live.finish,
    get messageId() {
      return isPrivate ? null : messageId
    },
    async fail(card) {
      if (kind === 'private') return live.finish(card)
      // A new public message still says "thinking": taken away, the next message may be private.
      if (kind === 'channel') await interaction.deleteReply().catch(() => undefined)
      await interaction.followUp(privateMessage(card))
    },
  }
}

async function acknowledge(
  interaction: Answerable,
  kind: Control['answer'],
  clock: Clock,
): Promise<{ messageId: string | null } | null> {
  try {
    return await repeatable(clock, () => defer(interaction, kind))
  } catch (error) {
    const code = discordCode(error)
    if (code === UNKNOWN_INTERACTION) return null
    if (code !== ALREADY_ACKNOWLEDGED) throw error
    // A repeated call whose first try had arrived: the answer is open, discord.js only does not know it.
    interaction.deferred = true
    return { messageId: null }
  }
}

async function defer(interaction: Answerable, kind: AnswerKind): Promise<{ messageId: string | null }> {
  if (kind === 'update' && interaction.isMessageComponent()) {
    await interaction.deferUpdate()
    return { messageId: null }
  }
  const response = await interaction.deferReply({
    withResponse: true,
    ...(kind === 'private' ? { flags: MessageFlags.Ephemeral } : {}),
  })
  return { messageId: response.resource?.message?.id ?? null }
}
