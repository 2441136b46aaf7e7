import { join } from 'node:path'
import { openQuestionCards, type QuestionCards } from '../../src/discord/question-cards.ts'
import { type Confirmations, openConfirmations } from '../../src/operations/confirmations.ts'
import type { Context } from '../../src/operations/context.ts'
import { openSqliteStore } from '../../src/store/sqlite-store.ts'

/** The questions of a bot, on a store of their own. */
export interface Questions {
  confirmations: Confirmations
  questionCards: QuestionCards
  close(): Promise<void>
}

/** Opens the questions that are in a folder. */
export async function openQuestions(folder: string, context: Context): Promise<Questions> {
  const store = await openSqliteStore({ path: join(folder, 'questions.db'), log: context.log })
  const confirmations = await openConfirmations(store, context)
  const questionCards = await openQuestionCards(store, confirmations)
  return {
    confirmations,
    questionCards,
    async close() {
      confirmations.end()
      questionCards.end()
      await store.close()
    },
  }
}
