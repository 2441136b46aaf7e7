import { z } from 'zod'
import { OperatorError } from '../base/errors.ts'
import { openMirror } from '../store/mirror.ts'
import { defineCollection, type Store, type Transaction } from '../store/store.ts'
import { type Actor, FACES } from './access.ts'
import type { Context } from './context.ts'
import type { Operation, PlannedOperation } from './operation.ts'

/** Closed confirmations are kept this long, so that a late answer is told what happened. */
const KEEP_CLOSED_MS = 24 * 3_600_000
/** So many are kept at most, unless more are open. */
const KEEP_MOST = 1_000
/** How many old ones one new one makes room from. */
const FORGET_AT_ONCE = 50

const confirmationSchema = z.strictObject({
  id: z.string().min(1).max(64),
  /** The name of the operation. */
  operation: z.string(),
  nodeId: z.string().nullable(),
  /** What the operation gets, exactly as it was planned. */
  input: z.record(z.string(), z.unknown()),
  plan: z.unknown(),
  fingerprint: z.string(),
  reason: z.string().nullable(),
  askedBy: z.strictObject({ face: z.enum(FACES), id: z.string(), name: z.string() }),
  /** Epoch milliseconds, like every time here. */
  askedAt: z.number(),
  expiresAt: z.number(),
  /** `running` is on disk before the work begins: after a crash it says that the result is unknown. */
  state: z.enum(['open', 'running', 'closed']),
  /** Null while it is open, and where it ran out. */
  decided: z.strictObject({ answer: z.enum(['yes', 'no']), at: z.number() }).nullable(),
  /** The run that it was used for, once that began. */
  operationId: z.string().nullable(),
})

/** A question that waits for the answer of who asked it, or was answered. */
export type Confirmation = z.infer<typeof confirmationSchema>

export const confirmationRecords = defineCollection({ name: 'confirmation', schema: confirmationSchema })

/** The exclusive right to answer a question. Every claim ends in `decide` or `release`. */
export interface Claim {
  /**
   * Uses the confirmation up, on disk.
   * @throws OperatorError confirmation-used, confirmation-expired when another process was quicker; what the store
   * throws, and it may then be claimed again
   */
  decide(answer: 'yes' | 'no'): Promise<Confirmation>
  /** Leaves the question as it is. */
  release(): void
}

/**
 * Questions before dangerous operations. Each is bound to one person and one exact plan, holds for a limited time, and
 * is decided once, by whichever face. Where and how it was shown is kept by the face.
 */
export interface Confirmations {
  ask<Input, Result, Step, Plan>(question: {
    actor: Actor
    operation: Operation<Input, Result, Step, Plan>
    input: Readonly<Record<string, unknown>>
    planned: PlannedOperation<Plan>
    reason: string | null
  }): Promise<Confirmation>
  get(id: string): Confirmation | undefined
  /** The newest that was asked of this person for exactly this plan. */
  find(actor: Actor, operation: string, fingerprint: string): Confirmation | undefined
  /**
   * Says at once, without a wait, whether this person may answer now; nobody else may until the claim has ended.
   * @throws OperatorError confirmation-foreign, confirmation-expired, confirmation-used
   */
  claim(id: string, actor: Actor): Claim
  /** Remembers the run that a confirmation was used for. */
  begun(id: string, operationId: string): Promise<void>
  /** Takes back the answer of one after which nothing was done, for as long as its question holds. */
  reopen(id: string): Promise<void>
  /** The work of a decided confirmation ended. */
  close(id: string): Promise<void>
  /** Closes and returns open questions that ran out. */
  expire(): Promise<Confirmation[]>
  /** Closes and returns questions whose work a previous process began and did not end. */
  recover(): Promise<Confirmation[]>
  /** Follows the store no more. */
  end(): void
}

/** Opens the confirmations of a store. @throws what the store throws */
export async function openConfirmations(
  store: Store,
  context: Pick<Context, 'audit' | 'clock' | 'limits' | 'log' | 'newId'>,
): Promise<Confirmations> {
  const { audit, clock, limits, log } = context
  const mirror = await openMirror(store, confirmationRecords)
  const claimed = new Set<string>()

  const change = (id: string, edit: (one: Confirmation) => Confirmation) =>
    store.transaction((tx) => {
      const one = tx.get(confirmationRecords, id)
      if (one) tx.put(confirmationRecords, id, edit(one))
    })

  /** Chooses from memory and closes what is still so in the store: two callers never get the same question. */
  async function closeWhere(matches: (one: Confirmation) => boolean): Promise<Confirmation[]> {
    const candidates = [...mirror.entries()].flatMap(([id, one]) => (matches(one) ? [id] : []))
    if (candidates.length === 0) return []
    return store.transaction((tx) =>
      candidates.flatMap((id) => {
        const one = tx.get(confirmationRecords, id)
        if (!one || !matches(one)) return []
        tx.put(confirmationRecords, id, { ...one, state: 'closed' })
        return [one]
      }),
    )
  }

  /** What nobody will ask about any more, the oldest first. */
  function stale(now: number): string[] {
    const closed = [...mirror.entries()]
      .filter(([, { state }]) => state === 'closed')
      .sort(([, a], [, b]) => a.expiresAt - b.expiresAt)
    const surplus = mirror.size + 1 - KEEP_MOST
    return closed
      .filter(([, { expiresAt }], index) => index < surplus || expiresAt <= now - KEEP_CLOSED_MS)
      .slice(0, FORGET_AT_ONCE)
      .map(([id]) => id)
  }

  /** Who may not answer was refused a change, and that is kept like every such refusal. */
  function refused(one: Confirmation, actor: Actor, error: OperatorError): void {
    error.incident = context.newId()
    const line = {
      at: new Date(clock.now()).toISOString(),
      operationId: error.incident,
      operation: one.operation,
      face: actor.face,
      actorId: actor.id,
      actorName: actor.name,
      ...(actor.address === undefined ? {} : { address: actor.address }),
      nodeId: one.nodeId,
      input: one.input,
      reason: one.reason,
      result: 'refused' as const,
      errorCode: error.code,
      durationMs: 0,
    }
    audit.append(line).catch((cause: unknown) => {
      log.error({ err: cause, entry: line }, 'audit line could not be written')
    })
  }

  return {
    async ask({ actor, operation, input, planned, reason }) {
      const now = clock.now()
      const { face, id, name } = actor
      const asked: Confirmation = {
        id: context.newId(),
        operation: operation.name,
        nodeId: operation.nodeOf(operation.input.parse(input)),
        input: { ...input },
        plan: planned.plan,
        fingerprint: planned.fingerprint,
        reason,
        askedBy: { face, id, name },
        askedAt: now,
        expiresAt: now + limits.confirmationMs,
        state: 'open',
        decided: null,
        operationId: null,
      }
      await store.transaction((tx) => {
        for (const old of stale(now)) tx.delete(confirmationRecords, old)
        tx.put(confirmationRecords, asked.id, asked)
      })
      return asked
    },
    get: (id) => mirror.get(id),
    find: (actor, operation, fingerprint) =>
      [...mirror.entries()]
        .map(([, one]) => one)
        .filter((one) => one.fingerprint === fingerprint && one.operation === operation)
        .filter((one) => !isForeign(one, actor))
        .sort((a, b) => b.askedAt - a.askedAt)[0],
    claim(id, actor) {
      const known = mirror.get(id)
      if (known && isForeign(known, actor)) {
        const error = new OperatorError('confirmation-foreign')
        refused(known, actor, error)
        throw error
      }
      usable(known, clock.now())
      if (claimed.has(id)) throw new OperatorError('confirmation-used')
      claimed.add(id)
      return {
        async decide(answer) {
          try {
            return await store.transaction((tx) => decide(tx, id, answer, clock.now()))
          } finally {
            claimed.delete(id)
          }
        },
        release: () => void claimed.delete(id),
      }
    },
    begun: (id, operationId) => change(id, (one) => ({ ...one, operationId })),
    reopen: (id) => change(id, (one) => ({ ...one, state: 'open', decided: null, operationId: null })),
    close: (id) => change(id, (one) => ({ ...one, state: 'closed' })),
    expire: () =>
      closeWhere(
        ({ id, state, expiresAt }) => state === 'open' && expiresAt <= clock.now() && !claimed.has(id),
      ),
    recover: () => closeWhere(({ state }) => state === 'running'),
    end: () => mirror.close(),
  }
}

function decide(tx: Transaction, id: string, answer: 'yes' | 'no', now: number): Confirmation {
  const one = usable(tx.get(confirmationRecords, id), now)
  const state = answer === 'yes' ? 'running' : 'closed'
  const decided: Confirmation = { ...one, state, decided: { answer, at: now } }
  tx.put(confirmationRecords, id, decided)
  return decided
}

function isForeign({ askedBy }: Confirmation, actor: Actor): boolean {
  return askedBy.face !== actor.face || askedBy.id !== actor.id
}

function usable(found: Confirmation | undefined, now: number): Confirmation {
  if (!found) throw new OperatorError('confirmation-expired')
  if (found.decided !== null) throw new OperatorError('confirmation-used')
  if (found.state !== 'open' || found.expiresAt <= now) throw new OperatorError('confirmation-expired')
  return found
}
