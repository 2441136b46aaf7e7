import type { Clock } from '../base/clock.ts'
import type { ApprovalList } from '../operations/decide-approval.ts'
import type { LintList } from '../operations/lint-nodes.ts'
import type { NodeStatus } from '../operations/node-status.ts'
import type { Report } from '../operations/operation.ts'
import type { AuditList } from '../operations/read-audit.ts'
import { approvalTold } from '../presenters/approvals.ts'
import { auditDetails } from '../presenters/audit.ts'
import { lastBackupText } from '../presenters/backups.ts'
import type { Ink } from '../presenters/ink.ts'
import { lintPage } from '../presenters/lint-nodes.ts'
import { factSections } from '../presenters/node-status.ts'
import { pageCommand } from '../presenters/page-command.ts'
import { createPlainInk } from '../presenters/plain-ink.ts'
import { tellerOf } from '../presenters/tellers.ts'
import { finding } from '../presenters/told.ts'
import { type Exchange, runView, toldTo } from './exchange.ts'
import type { Run } from './runs.ts'

/** An ink for who asks, in their language; null for a program. */
function inkOf(c: Exchange, clock: Clock): Ink | null {
  if (toldTo(c) === 'program') return null
  const locale = c.get('locale')
  return createPlainInk(
    locale,
    () => clock.now(),
    (path) => pageCommand(locale, path),
  )
}

/** What a person is told of a plan, beside its data. */
export function planTold(c: Exchange, clock: Clock, operation: string, plan: unknown): object {
  const ink = inkOf(c, clock)
  const tell = tellerOf(operation).plan
  return ink && tell ? { told: tell(plan, ink) } : {}
}

/** What a person is told of a result, beside its data. */
export function resultTold(c: Exchange, clock: Clock, report: Report<unknown>): object {
  const ink = inkOf(c, clock)
  if (ink === null) return {}
  if (report.operation === 'list-approvals')
    return { told: (report.data as ApprovalList).requests.map((one) => approvalTold(one, ink)) }
  if (report.operation === 'list-audit')
    return {
      told: (report.data as AuditList).rows.map((row) => ({ lead: auditDetails(row, ink), parts: [] })),
    }
  if (report.operation === 'lint-nodes') return { told: lintPage(report.data as LintList, ink) }
  if (report.operation === 'node-status') return { told: statusTold(report.data as NodeStatus, ink) }
  const tell = tellerOf(report.operation).result
  return tell ? { told: tell(report, ink) } : {}
}

/** The facts of a node as every face words them. */
function statusTold(status: NodeStatus, ink: Ink): object {
  return {
    findings: status.anomalies.map((anomaly) => finding(anomaly, ink)),
    sections: factSections(status, ink),
    backup: lastBackupText(status, ink),
  }
}

/** A run as it is read. A person is told each step and the end in words; a step is then known by its `key`. */
export function runTold(c: Exchange, clock: Clock, run: Run): object {
  const view = runView(run, c)
  const ink = inkOf(c, clock)
  if (ink === null) return view
  const { record } = run
  const { step: tellStep, result } = tellerOf(record.operation)
  const steps = run.steps.map(({ id, at, step }) => ({
    id,
    at,
    key: keyOf(step),
    text: tellStep ? tellStep(step, ink) : '',
    ...stateOf(step),
  }))
  const { end } = record
  const ended = end !== null && end.outcome in OUTCOMES && end.error === null
  if (!ended || !result) return { ...view, steps }
  const { id: operationId, operation, startedAt } = record
  const outcome = end.outcome as Report<unknown>['outcome']
  const report = { operation, operationId, outcome, data: end.data, startedAt, durationMs: end.durationMs }
  return { ...view, steps, told: result(report, ink) }
}

const OUTCOMES: Readonly<Record<Report<unknown>['outcome'], true>> = {
  done: true,
  partial: true,
  failed: true,
  unknown: true,
}

/** How a node of a fleet stands by now, for a step of one. */
function stateOf(step: unknown): { state?: string } {
  const { changed } = (step ?? {}) as { changed?: { state?: unknown } }
  return typeof changed?.state === 'string' ? { state: changed.state } : {}
}

/** What tells steps apart that replace one another, such as those of a wait: its name, and the node of a fleet. */
function keyOf(step: unknown): string {
  if (typeof step !== 'object' || step === null) return ''
  const { step: name = '', changed } = step as { step?: unknown; changed?: { id?: unknown } }
  return `${name} ${changed?.id ?? ''}`.trim()
}
