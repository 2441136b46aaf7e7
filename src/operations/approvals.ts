import { z } from 'zod'
import { nodeIdSchema, tagSchema } from '../../registry/schema.ts'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import { openMirror } from '../store/mirror.ts'
import { defineCollection, type Store, type Transaction } from '../store/store.ts'
import { ACCESS_LEVELS, type Actor, FACES } from './access.ts'
import { compareWho, type PeopleMap, type Who, whoIs } from './people.ts'

const MINUTE = 60_000
const DAY_MS = 24 * 3_600_000
/** What is asked for without a rule, such as to loosen one, holds for so long. */
export const DEFAULT_MINUTES = 60
export const MOST_MINUTES = 7 * 24 * 60
/** The name of a rule for whatever acts on a node. */
export const EVERY_CHANGE = 'every-change'
/** So many requests of one person wait at a time. */
const MOST_OPEN = 50

const ruleSchema = z.strictObject({
  /** The name of an operation, or {@link EVERY_CHANGE}. */
  operation: z.string(),
  /** Null is the whole fleet. */
  tag: tagSchema.nullable(),
  /** How long a request holds, from the question to the run. */
  minutes: z.number(),
  setBy: z.string(),
  /** Epoch milliseconds, like every time here. */
  setAt: z.number(),
})

/** What a second person has to approve. */
export type ApprovalRule = z.infer<typeof ruleSchema>

const who = {
  face: z.enum(FACES),
  id: z.string(),
  name: z.string(),
  identity: z.string(),
  person: z.string().nullable(),
}

const requestSchema = z.strictObject({
  id: z.string(),
  operation: z.string(),
  nodeId: nodeIdSchema.nullable(),
  /** Level and tags that it takes to do it: an approval takes as much. */
  access: z.enum(ACCESS_LEVELS),
  tags: z.array(z.string()).nullable(),
  /** Input and plan, exactly as they are approved. */
  input: z.record(z.string(), z.unknown()),
  plan: z.unknown(),
  fingerprint: z.string(),
  reason: z.string().nullable(),
  askedBy: z.strictObject(who),
  askedAt: z.number(),
  expiresAt: z.number(),
  /** `used` is on disk before the work begins; `revoked`: the plan has changed, or who approved it may not any more. */
  state: z.enum(['open', 'approved', 'refused', 'used', 'revoked']),
  /** Null until somebody decided. `emergency`: nobody else approved it. */
  decided: z.strictObject({ ...who, at: z.number(), emergency: z.string().nullable() }).nullable(),
  /** The run that it was used for. */
  operationId: z.string().nullable(),
})

/** A request for the approval of a second person, and what became of it. */
export type ApprovalRequest = z.infer<typeof requestSchema>

const rules = defineCollection({ name: 'approval-rule', schema: ruleSchema })
export const approvalRequests = defineCollection({
  name: 'approval',
  schema: requestSchema,
  keep: { forMs: 90 * DAY_MS, records: 5_000 },
})

/** What a request is about. */
export type Asked = Pick<
  ApprovalRequest,
  'operation' | 'nodeId' | 'access' | 'tags' | 'input' | 'plan' | 'fingerprint' | 'reason'
>

/** Rules that ask for a second person, and the requests made under them. Shared by all processes of a data folder. */
export interface ApprovalsPort {
  rules(): ApprovalRule[]
  /** Sets a rule; null minutes end it. @throws what the store throws */
  setRule(rule: Omit<ApprovalRule, 'minutes'> & { minutes: number | null }): Promise<void>
  /** The newest first. */
  list(): ApprovalRequest[]
  get(id: string): ApprovalRequest | undefined
  /** Requests of this very person for this input that can still be used or decided, the newest first. */
  pending(actor: Actor, operation: string, input: unknown): ApprovalRequest[]
  /** @throws OperatorError too-many-requests */
  ask(actor: Actor, asked: Asked, minutes: number): Promise<ApprovalRequest>
  /**
   * Approves as a second person.
   * @throws OperatorError approval-over, approval-decided, approval-own, approval-person-unknown
   */
  approve(id: string, actor: Actor): Promise<ApprovalRequest>
  /** Says no, takes an approval back, or withdraws an own request. @throws OperatorError approval-over */
  refuse(id: string, actor: Actor): Promise<ApprovalRequest>
  /** Goes on without a second person, by who asked. @throws OperatorError approval-over, approval-foreign */
  override(id: string, actor: Actor, reason: string): Promise<ApprovalRequest>
  /** Uses an approval up for a run. @throws OperatorError approval-over when another was quicker */
  use(id: string, operationId: string): Promise<ApprovalRequest>
  /** Takes the use back of a run that was refused before it did anything: the approval holds again, for as long as it held. */
  giveBack(operationId: string): Promise<void>
  /** The world is no longer as it was approved. */
  revoke(id: string): Promise<void>
  /** The approval that a run goes on. */
  usedBy(operationId: string): ApprovalRequest | undefined
  /** Calls back after a change of any process. Returns the unsubscribe. */
  onChange(listener: () => void): () => void
  close(): Promise<void>
}

/** Whether it can still be decided or used. */
export function isPending({ state, expiresAt }: ApprovalRequest, now: number): boolean {
  return (state === 'open' || state === 'approved') && expiresAt > now
}

/** The approvals of a store. @throws what the store throws */
export async function openApprovals(
  store: Store,
  { clock, newId, people }: { clock: Clock; newId(): string; people: PeopleMap },
): Promise<ApprovalsPort> {
  const known = await openMirror(store, rules)
  const mirror = await openMirror(store, approvalRequests)
  const all = () => [...mirror.entries()].map(([, one]) => one).sort((a, b) => b.askedAt - a.askedAt)
  const usedBy = (operationId: string) =>
    all().find((one) => one.state === 'used' && one.operationId === operationId)
  const whoOf = (actor: Actor) => ({
    face: actor.face,
    id: actor.id,
    name: actor.name,
    ...whoIs(actor, people),
  })

  const change = (id: string, edit: (one: ApprovalRequest, tx: Transaction) => ApprovalRequest) =>
    store.transaction((tx) => {
      const one = tx.get(approvalRequests, id)
      if (!one || !isPending(one, clock.now())) throw new OperatorError('approval-over')
      const next = edit(one, tx)
      tx.put(approvalRequests, id, next)
      return next
    })

  return {
    rules: () =>
      [...known.entries()].map(([, rule]) => rule).sort((a, b) => keyOf(a).localeCompare(keyOf(b), 'en')),
    setRule: ({ minutes, ...rule }) =>
      minutes === null
        ? store.delete(rules, keyOf(rule))
        : store.put(rules, keyOf(rule), { ...rule, minutes }),
    list: all,
    get: (id) => mirror.get(id),
    pending: (actor, operation, input) =>
      all().filter(
        (one) =>
          one.operation === operation &&
          isPending(one, clock.now()) &&
          sameInput(one.input, input) &&
          compareWho(one.askedBy, whoIs(actor, people), people) === 'same',
      ),
    async ask(actor, asked, minutes) {
      const now = clock.now()
      const askedBy = whoOf(actor)
      const request: ApprovalRequest = {
        ...asked,
        id: newId(),
        askedBy,
        askedAt: now,
        expiresAt: now + minutes * MINUTE,
        state: 'open',
        decided: null,
        operationId: null,
      }
      const waiting = all().filter(
        (one) => one.state === 'open' && isPending(one, now) && one.askedBy.identity === askedBy.identity,
      )
      if (waiting.length >= MOST_OPEN) {
        const oldest = Math.min(...waiting.map(({ expiresAt }) => expiresAt))
        throw new OperatorError('too-many-requests', { seconds: Math.ceil((oldest - now) / 1_000) })
      }
      await store.put(approvalRequests, request.id, request)
      return request
    },
    approve: (id, actor) =>
      change(id, (one) => {
        if (one.state !== 'open') throw new OperatorError('approval-decided')
        const by = whoOf(actor)
        requireSecond(one.askedBy, by, people)
        return { ...one, state: 'approved', decided: { ...by, at: clock.now(), emergency: null } }
      }),
    refuse: (id, actor) =>
      change(id, (one) => ({
        ...one,
        state: 'refused',
        decided: { ...whoOf(actor), at: clock.now(), emergency: null },
      })),
    override: (id, actor, reason) =>
      change(id, (one) => {
        const by = whoOf(actor)
        if (one.state !== 'open') throw new OperatorError('approval-decided')
        if (compareWho(one.askedBy, by, people) !== 'same') throw new OperatorError('approval-foreign')
        return { ...one, state: 'approved', decided: { ...by, at: clock.now(), emergency: reason } }
      }),
    use: (id, operationId) =>
      change(id, (one) => {
        if (one.state !== 'approved') throw new OperatorError('approval-over')
        return { ...one, state: 'used', operationId }
      }),
    async giveBack(operationId) {
      const used = usedBy(operationId)
      if (used === undefined) return
      await store.transaction((tx) => {
        const one = tx.get(approvalRequests, used.id)
        if (one?.state === 'used' && one.operationId === operationId)
          tx.put(approvalRequests, one.id, { ...one, state: 'approved', operationId: null })
      })
    },
    revoke: (id) =>
      store.transaction((tx) => {
        const one = tx.get(approvalRequests, id)
        if (one && isPending(one, clock.now())) tx.put(approvalRequests, id, { ...one, state: 'revoked' })
      }),
    usedBy,
    onChange: (listener) => mirror.onChange(listener),
    async close() {
      known.close()
      mirror.close()
    },
  }
}

/** @throws OperatorError approval-own, approval-person-unknown */
function requireSecond(asked: Who, by: Who, people: PeopleMap): void {
  const found = compareWho(asked, by, people)
  if (found === 'same') throw new OperatorError('approval-own')
  if (found === 'unknown')
    throw new OperatorError('approval-person-unknown', { asked: asked.identity, by: by.identity })
}

function keyOf({ operation, tag }: Pick<ApprovalRule, 'operation' | 'tag'>): string {
  return tag === null ? operation : `${operation}@${tag}`
}

function sameInput(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
}

function sorted(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(sorted)
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}
