import { z } from 'zod'
import { type Confirmation, confirmationRecords } from '../operations/confirmations.ts'
import type { Store, Transaction } from '../store/store.ts'
import type { FormerFile } from '../store/take-over.ts'
import { type Command, commandKey } from './command.ts'
import { questionCardRecords, questionCardSchema } from './question-cards.ts'

const formerSchema = z.object({
  confirmations: z.array(
    z.object({
      ...questionCardSchema.shape,
      id: z.string(),
      command: z.string(),
      input: z.record(z.string(), z.unknown()),
      plan: z.unknown(),
      fingerprint: z.string(),
      reason: z.string().nullable(),
      requesterId: z.string(),
      requesterName: z.string(),
      askedAt: z.number(),
      expiresAt: z.number(),
      state: z.enum(['open', 'running', 'closed']),
    }),
  ),
})
type Former = z.infer<typeof formerSchema>['confirmations'][number]

/**
 * The confirmations of the time before the store: those that wait, so that their cards are told how they ended. Their
 * plans name no machine, so a press on one asks for the command again.
 */
export function formerConfirmations(store: Store, commands: readonly Command[]): FormerFile {
  return {
    name: 'confirmations.json',
    kind: 'file',
    store,
    writes: (text) =>
      formerSchema
        .parse(JSON.parse(text))
        .confirmations.filter(({ state }) => state !== 'closed')
        .map((former) => (tx: Transaction) => {
          const { question, locale, channelId, messageId } = former
          tx.put(confirmationRecords, former.id, confirmationOf(former, commands))
          tx.put(questionCardRecords, former.id, { question, locale, channelId, messageId })
        }),
  }
}

function confirmationOf(former: Former, commands: readonly Command[]): Confirmation {
  const { id, input, plan, fingerprint, reason, askedAt, expiresAt } = former
  const asking = commands.find((command) => commandKey(command) === former.command)
  return {
    id,
    operation: asking?.operation.name ?? former.command,
    nodeId: typeof input.node === 'string' ? input.node : null,
    input,
    plan,
    fingerprint,
    reason,
    askedBy: { face: 'discord', id: former.requesterId, name: former.requesterName },
    askedAt,
    expiresAt,
    state: former.state,
    decided: former.state === 'running' ? { answer: 'yes', at: askedAt } : null,
    operationId: null,
  }
}
