import { z } from 'zod'
import { OperatorError } from '../base/errors.ts'
import { type AccessLevel, type Actor, mayUse, mayUseEvery, notAllowed } from './access.ts'
import { type ApprovalRequest, isPending } from './approvals.ts'
import type { Context } from './context.ts'
import { type Call, defineOperation } from './operation.ts'
import { identityOf } from './people.ts'

/** A request as it stands. `expired`: nobody used it in time. */
export interface ApprovalView extends Omit<ApprovalRequest, 'state' | 'fingerprint'> {
  state: ApprovalRequest['state'] | 'expired'
}

const inputSchema = z.strictObject({ request: z.string().trim().min(1).max(64) })
type Input = z.infer<typeof inputSchema>

/** A request as it stands at a time. */
export function viewOf({ fingerprint: _bound, ...request }: ApprovalRequest, now: number): ApprovalView {
  const over = (request.state === 'open' || request.state === 'approved') && request.expiresAt <= now
  return { ...request, state: over ? 'expired' : request.state }
}

/** Whether the actor has this level over everything that a request is about, and not less than the request asks for. */
export function hasAuthority(
  { registry }: Pick<Context, 'registry'>,
  actor: Actor,
  { nodeId, tags }: Pick<ApprovalRequest, 'nodeId' | 'tags'>,
  level: AccessLevel,
): boolean {
  const node = registry.list().find(({ id }) => id === nodeId) ?? null
  if (nodeId !== null && node === null) return mayUseEvery(actor, level, [])
  const overNode = (node === null && tags !== null) || mayUse(actor, level, node)
  return overNode && (tags === null || mayUseEvery(actor, level, tags))
}

/**
 * A request that the actor may decide with this level; the audit then says what it is about.
 * @throws OperatorError unknown-approval, also for one that they may not see; not-allowed
 */
function decidable(
  context: Context,
  { actor, decides }: Pick<Call<never>, 'actor' | 'decides'>,
  id: string,
  level?: AccessLevel,
): ApprovalRequest {
  const request = context.approvals.get(id)
  if (!request || !hasAuthority(context, actor, request, 'viewer'))
    throw new OperatorError('unknown-approval', { request: id })
  decides(request)
  const needed = level ?? request.access
  if (!hasAuthority(context, actor, request, needed)) throw notAllowed(actor, request.operation, needed)
  return request
}

/** Approves what another person asked for, with the right to do it oneself. The run is theirs. */
export const approveRequest = defineOperation<Input, ApprovalView>({
  name: 'approve-request',
  access: 'viewer',
  effect: 'record',
  input: inputSchema,
  nodeOf: () => null,
  async run(context, { request }, call) {
    decidable(context, call, request)
    return {
      outcome: 'done',
      data: viewOf(await context.approvals.approve(request, call.actor), context.clock.now()),
    }
  },
})

/** Says no to a request, takes an approval back that was not used, or withdraws an own request. */
export const refuseRequest = defineOperation<Input, ApprovalView>({
  name: 'refuse-request',
  access: 'viewer',
  effect: 'record',
  input: inputSchema,
  nodeOf: () => null,
  async run(context, { request }, call) {
    const { actor } = call
    const known = context.approvals.get(request)
    const own = known?.askedBy.identity === identityOf(actor)
    decidable(context, call, request, own ? 'viewer' : undefined)
    return {
      outcome: 'done',
      data: viewOf(await context.approvals.refuse(request, actor), context.clock.now()),
    }
  },
})

const overrideInput = inputSchema.extend({ reason: z.string().trim().min(10).max(300) })

/**
 * The emergency way: who asked goes on without a second person. It takes an admin and a reason, is posted for everybody,
 * and marks the run in the audit.
 */
export const overrideApproval = defineOperation<z.infer<typeof overrideInput>, ApprovalView>({
  name: 'override-approval',
  access: 'admin',
  effect: 'record',
  input: overrideInput,
  nodeOf: () => null,
  async run(context, { request, reason }, call) {
    const { actor } = call
    decidable(context, call, request, 'admin')
    const done = await context.approvals.override(request, actor, reason)
    context.log.warn(
      { request, operation: done.operation, actor: identityOf(actor), reason },
      'emergency approval',
    )
    return { outcome: 'done', data: viewOf(done, context.clock.now()) }
  },
})

/** list-approvals. */
export interface ApprovalList {
  requests: ApprovalView[]
  rules: ReturnType<Context['approvals']['rules']>
}

const SHOWN = 50

/** Requests, those that wait first, and the rules: of each what the actor may see. */
export const listApprovals = defineOperation<{ all: boolean }, ApprovalList>({
  name: 'list-approvals',
  access: 'viewer',
  effect: 'read',
  input: z.strictObject({ all: z.boolean().default(false) }),
  nodeOf: () => null,
  async run(context, { all }, { actor }) {
    const { approvals, clock } = context
    const now = clock.now()
    const requests = approvals
      .list()
      .filter((one) => (all || isPending(one, now)) && hasAuthority(context, actor, one, 'viewer'))
      .slice(0, SHOWN)
      .map((one) => viewOf(one, now))
    const rules = approvals
      .rules()
      .filter(({ tag }) => tag === null || mayUse(actor, 'viewer', { tags: [tag] }))
    return { outcome: 'done', data: { requests, rules } }
  },
})
