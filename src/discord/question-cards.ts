import { z } from 'zod'
import { LOCALES } from '../base/locale.ts'
import type { Confirmations } from '../operations/confirmations.ts'
import { openMirror } from '../store/mirror.ts'
import { defineCollection, type Store } from '../store/store.ts'

export const questionCardSchema = z.strictObject({
  /** The question in words, for the card that is left when the plan can no longer be shown. */
  question: z.string(),
  locale: z.enum(LOCALES),
  channelId: z.string(),
  /** Null until it was shown, and where only the person who asked sees it. */
  messageId: z.string().nullable(),
})

/** Where a confirmation is asked for, and in which words. */
export type QuestionCard = z.infer<typeof questionCardSchema>

export const questionCardRecords = defineCollection({ name: 'discord-question', schema: questionCardSchema })

/** The cards of the questions in Discord, by the id of the confirmation. */
export interface QuestionCards {
  keep(id: string, card: QuestionCard): Promise<void>
  get(id: string): QuestionCard | undefined
  /** Forgets the card of a question that is over. */
  forget(id: string): Promise<void>
  /** Follows the store no more. */
  end(): void
}

/** Opens the cards of a store and drops those of questions that nobody knows any more. @throws what the store throws */
export async function openQuestionCards(store: Store, confirmations: Confirmations): Promise<QuestionCards> {
  const mirror = await openMirror(store, questionCardRecords)
  for (const [id] of mirror.entries())
    if (confirmations.get(id) === undefined) await store.delete(questionCardRecords, id)
  return {
    keep: (id, card) => store.put(questionCardRecords, id, card),
    get: (id) => mirror.get(id),
    forget: (id) => store.delete(questionCardRecords, id),
    end: () => mirror.close(),
  }
}
