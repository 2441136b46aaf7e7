import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import { LOCALES } from '../base/locale.ts'
import { type JsonStore, openJsonStore } from '../state/json-store.ts'

/** Closed confirmations are kept this long, so that a late press is told what happened. */
const KEEP_CLOSED_MS = 24 * 3_600_000

const confirmationSchema = z.strictObject({
  id: z.string().min(1).max(64),
  /** The command that asked, for example `node-restart`. */
  command: z.string(),
  /** What the operation gets, exactly as it was planned. */
  input: z.record(z.string(), z.unknown()),
  plan: z.unknown(),
  fingerprint: z.string(),
  reason: z.string().nullable(),
  /** The question in words, for the card that is left when the plan can no longer be shown. */
  question: z.string(),
  requesterId: z.string(),
  requesterName: z.string(),
  locale: z.enum(LOCALES),
  channelId: z.string(),
  messageId: z.string().nullable(),
  /** Epoch milliseconds. */
  askedAt: z.number(),
  expiresAt: z.number(),
  /** `running` is on disk before the work begins: after a crash it says that the result is unknown. */
  state: z.enum(['open', 'running', 'closed']),
})

const documentSchema = z.strictObject({ version: z.literal(1), confirmations: z.array(confirmationSchema) })

/** A question that waits for its requester's press, or was answered. */
export type Confirmation = z.infer<typeof confirmationSchema>
type Document = z.infer<typeof documentSchema>

/** What a command gives; the rest is filled in. */
export type NewConfirmation = Omit<Confirmation, 'askedAt' | 'messageId' | 'state'>

/** Questions on disk. Each is bound to one person and one exact plan, holds for a limited time, and is used once. */
export interface ConfirmationStore {
  create(asked: NewConfirmation): Promise<Confirmation>
  /** Remembers where the card is, so that it can be edited without a press. */
  attach(id: string, messageId: string): Promise<void>
  /**
   * Uses a confirmation up, on disk, for the person who pressed.
   * @throws OperatorError confirmation-foreign (and it stays open), confirmation-expired, confirmation-used
   */
  take(id: string, presserId: string, answer: 'yes' | 'no'): Promise<Confirmation>
  /** The work of a taken confirmation ended. */
  close(id: string): Promise<void>
  /** Closes and returns open questions that ran out. */
  expire(): Promise<Confirmation[]>
  /** Closes and returns questions whose work a previous process began and did not end. */
  recover(): Promise<Confirmation[]>
  /** Gives the file free. */
  end(): Promise<void>
}

/**
 * Opens the confirmations of this bot.
 * @throws OperatorError state-damaged when the file cannot be read; it is left as it is
 */
export async function openConfirmations(path: string, clock: Clock): Promise<ConfirmationStore> {
  const empty: Document = { version: 1, confirmations: [] }
  const store = await openJsonStore({ path, schema: documentSchema, empty })
  return createConfirmations(store, clock)
}

function createConfirmations(store: JsonStore<Document>, clock: Clock): ConfirmationStore {
  const change = (edit: (all: readonly Confirmation[]) => Confirmation[]) =>
    store.update((document) => ({ ...document, confirmations: edit(document.confirmations) }))
  const setState = (ids: ReadonlySet<string>, state: Confirmation['state']) =>
    change((all) => all.map((one) => (ids.has(one.id) ? { ...one, state } : one)))

  /** Chooses and closes in one change, so that two callers never get the same question. */
  const closeWhere = async (matches: (one: Confirmation) => boolean) => {
    if (!store.value().confirmations.some(matches)) return []
    let found: Confirmation[] = []
    await change((all) => {
      found = all.filter(matches)
      return all.map((one) => (matches(one) ? { ...one, state: 'closed' } : one))
    })
    return found
  }

  return {
    async create(asked) {
      const now = clock.now()
      const created: Confirmation = { ...asked, askedAt: now, messageId: null, state: 'open' }
      await change((all) => [
        ...all.filter((one) => one.state !== 'closed' || one.expiresAt > now - KEEP_CLOSED_MS),
        created,
      ])
      return created
    },
    async attach(id, messageId) {
      await change((all) => all.map((one) => (one.id === id ? { ...one, messageId } : one)))
    },
    async take(id, presserId, answer) {
      let taken: Confirmation | null = null
      await change((all) => {
        taken = usable(
          all.find((one) => one.id === id),
          presserId,
          clock.now(),
        )
        const state = answer === 'yes' ? 'running' : 'closed'
        return all.map((one) => (one.id === id ? { ...one, state } : one))
      })
      if (taken === null) throw new OperatorError('confirmation-expired')
      return taken
    },
    async close(id) {
      await setState(new Set([id]), 'closed')
    },
    expire: () => closeWhere((one) => one.state === 'open' && one.expiresAt <= clock.now()),
    recover: () => closeWhere((one) => one.state === 'running'),
    end: () => store.close(),
  }
}

function usable(found: Confirmation | undefined, presserId: string, now: number): Confirmation {
  if (!found) throw new OperatorError('confirmation-expired')
  if (found.requesterId !== presserId) throw new OperatorError('confirmation-foreign')
  if (found.state !== 'open') {
    const expired = found.state === 'closed' && found.expiresAt <= now
    throw new OperatorError(expired ? 'confirmation-expired' : 'confirmation-used')
  }
  if (found.expiresAt <= now) throw new OperatorError('confirmation-expired')
  return found
}
