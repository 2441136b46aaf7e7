import type { NodeRecord } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { Actor } from './access.ts'
import { type ApprovalRequest, type ApprovalsPort, DEFAULT_MINUTES, EVERY_CHANGE } from './approvals.ts'
import type { AuditEntry } from './audit.ts'
import type { Context } from './context.ts'
import { hasAuthority } from './decide-approval.ts'
import type { Operation } from './operation.ts'
import { bound, type ConfirmedPlan, fingerprintOf, readPlan, requireCovered } from './planning.ts'

/** A run that is about to work: allowed, alone on its node, its plan unchanged. */
interface AboutToRun<Input> {
  actor: Actor
  input: Input
  node: NodeRecord | null
  operationId: string
  /** As it was just made; null where nothing is confirmed. */
  plan: unknown
  options: { confirmed?: ConfirmedPlan; reason?: string; under?: string }
}

/** Whether a rule finds nodes by this tag. */
export function isRuled(approvals: ApprovalsPort, tag: string): boolean {
  return approvals.rules().some((rule) => rule.tag === tag)
}

/**
 * Uses up the approval of a second person where a rule asks for one, and returns it for the audit; null where none does.
 * Without an approval it is asked for. One that was given for a world that is no longer so is taken back.
 * @throws OperatorError approval-needed, approval-over, approver-unread, too-many-requests
 */
export async function requireApproval<Input, Result, Step, Plan>(
  context: Context,
  operation: Operation<Input, Result, Step, Plan>,
  run: AboutToRun<Input>,
): Promise<AuditEntry['approval'] | null> {
  const { approvals } = context
  const minutes = minutesAsked(context, operation, run)
  if (minutes === null) return null
  const whole = run.options.under === undefined ? undefined : approvals.usedBy(run.options.under)
  if (whole) return approvalMark(whole)
  for (const request of approvals.pending(run.actor, operation.name, run.input)) {
    if (!covers(context, operation, run, request)) await approvals.revoke(request.id)
    else if (request.state !== 'approved') throw needed(request)
    else if (await mayStill(context, run.actor, request))
      return approvalMark(await approvals.use(request.id, run.operationId))
    else await approvals.revoke(request.id)
  }
  throw needed(await ask(context, operation, run, minutes))
}

/** How long a request for this run holds; null where no second person is asked for. What is scheduled is no request. */
function minutesAsked<Input, Result, Step, Plan>(
  context: Context,
  operation: Operation<Input, Result, Step, Plan>,
  { actor, input, node, plan }: AboutToRun<Input>,
): number | null {
  const looks = operation.effect === 'read' || operation.looks?.(input)
  if (looks || actor.face === 'monitor') return null
  const named = [operation.name, ...(operation.parts ?? [])]
  if (operation.effect === 'change') named.push(EVERY_CHANGE)
  const rules = context.approvals.rules().filter((rule) => named.includes(rule.operation))
  const tags = new Set(
    rules.length === 0
      ? []
      : [
          ...(node?.tags ?? []),
          ...(operation.tagsOf?.(input, node) ?? []),
          ...tagsIn(context, operation.question?.nodesIn?.(plan as Plan) ?? []),
        ],
  )
  const found = rules.filter(({ tag }) => tag === null || tags.has(tag)).map((rule) => rule.minutes)
  if (operation.loosens?.(context, input, node)) found.push(DEFAULT_MINUTES)
  return found.length === 0 ? null : Math.min(...found)
}

function tagsIn({ registry }: Context, nodeIds: readonly string[]): string[] {
  const wanted = new Set(nodeIds)
  return wanted.size === 0 ? [] : registry.list().flatMap(({ id, tags }) => (wanted.has(id) ? tags : []))
}

/** Whether what a request shows is what would be done now, on the same machine. */
function covers<Input, Result, Step, Plan>(
  context: Context,
  operation: Operation<Input, Result, Step, Plan>,
  { input, node, plan }: AboutToRun<Input>,
  request: ApprovalRequest,
): boolean {
  const machine = bound(context, node)
  if (fingerprintOf(operation.name, input, machine, request.plan) !== request.fingerprint) return false
  if (!operation.question) return true
  try {
    requireCovered(operation, readPlan(operation, request.plan), plan as Plan)
    return true
  } catch {
    return false
  }
}

/** Whether whoever approved a request has the right to it at this moment, too: a role may have gone since. */
async function mayStill(context: Context, actor: Actor, request: ApprovalRequest): Promise<boolean> {
  const { decided, access } = request
  if (decided === null) return false
  if (decided.emergency !== null) return hasAuthority(context, actor, request, 'admin')
  const { face, id, name, identity } = decided
  const grants = await context.roles.grantsOf(identity)
  return hasAuthority(context, { face, id, name, grants }, request, access)
}

function ask<Input, Result, Step, Plan>(
  context: Context,
  operation: Operation<Input, Result, Step, Plan>,
  { actor, input, node, plan, options }: AboutToRun<Input>,
  minutes: number,
): Promise<ApprovalRequest> {
  // As it was confirmed, and as it will be read back.
  const shown: unknown = JSON.parse(JSON.stringify(options.confirmed?.plan ?? plan))
  const seen = operation.question ? readPlan(operation, shown) : null
  const asked = {
    operation: operation.name,
    nodeId: node?.id ?? null,
    access: operation.access,
    tags: operation.tagsOf?.(input, node)?.slice() ?? null,
    input: JSON.parse(JSON.stringify(input)) as Record<string, unknown>,
    plan: seen,
    fingerprint: fingerprintOf(operation.name, input, bound(context, node), seen),
    reason: options.reason ?? null,
  }
  return context.approvals.ask(actor, asked, minutes)
}

function needed({ id, expiresAt, askedAt }: ApprovalRequest): OperatorError {
  return new OperatorError('approval-needed', {
    request: id,
    minutes: Math.ceil((expiresAt - askedAt) / 60_000),
  })
}

/** Who stood for the run, as its line of the audit has it. */
export function approvalMark({ id, decided }: ApprovalRequest): NonNullable<AuditEntry['approval']> {
  const [by = '', name = ''] = [decided?.identity, decided?.name]
  return { request: id, by, name, emergency: decided?.emergency ?? null }
}

/** What was refused or stopped before it did anything has used no approval up. Never throws: then it stays used. */
export async function giveBackUnused({ approvals, log }: Context, entry: AuditEntry): Promise<void> {
  if (entry.result !== 'refused' && entry.result !== 'stopped') return
  try {
    await approvals.giveBack(entry.operationId)
    delete entry.approval
  } catch (error) {
    log.warn({ err: error, operationId: entry.operationId }, 'an approval could not be given back')
  }
}
