import type { Client } from 'discord.js'
import type { Confirmation, Confirmations } from '../operations/confirmations.ts'
import type { Context } from '../operations/context.ts'
import type { CommandIds } from './ink.ts'
import { editMessage } from './message.ts'
import type { QuestionCards } from './question-cards.ts'
import { createReader } from './reader.ts'
import { closedQuestionView } from './views/confirm.ts'

const INTERVAL_MS = 5_000

/**
 * Until the signal ends: takes the buttons off questions that ran out. First, those whose work a former process began
 * and did not end are told as what they are, unknown.
 */
export async function sweepConfirmations(options: {
  client: Client
  context: Context
  confirmations: Confirmations
  questionCards: QuestionCards
  signal: AbortSignal
  commandIds(): CommandIds
}): Promise<void> {
  const { client, context, confirmations, questionCards, signal } = options
  const { clock, log } = context

  async function tell(one: Confirmation, how: 'expired' | 'interrupted'): Promise<void> {
    const shown = questionCards.get(one.id)
    if (!shown) return
    await questionCards.forget(one.id)
    const { channelId, messageId, question, locale } = shown
    if (messageId === null) return
    const reader = createReader(locale, clock.now(), options.commandIds())
    const card = closedQuestionView({ how, at: one.expiresAt }, question, reader)
    const place = { channelId, messageId }
    await editMessage(client, clock, place, card).catch((error: unknown) =>
      log.warn({ err: error, confirmation: one.id }, 'the card of a closed question could not be changed'),
    )
  }

  for (const one of await confirmations.recover()) await tell(one, 'interrupted')
  while (!signal.aborted) {
    try {
      for (const one of await confirmations.expire()) await tell(one, 'expired')
    } catch (error) {
      log.error({ err: error }, 'confirmations could not be swept')
    }
    await clock.sleep(INTERVAL_MS, signal).catch(() => undefined)
  }
}
