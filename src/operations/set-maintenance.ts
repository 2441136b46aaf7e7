import { z } from 'zod'
import { recordAt } from '../../registry/record-at.ts'
import { type NodeRecord, nodeIdSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { InputForm } from '../base/input-problem.ts'
import type { Context } from './context.ts'
import { defineOperation } from './operation.ts'

/** set-maintenance. */
export interface MaintenanceResult {
  node: NodeRecord
  /** Incidents of the node that are open: put aside, or taken up again with the next look. */
  openIncidents: number
}

const MINUTE = 60_000
/** The longest maintenance that ends by itself: 30 days. */
const LONGEST_MAINTENANCE_MINUTES = 30 * 24 * 60

/** What is asked of a node: on with a reason, for a time or until someone ends it, or off. */
export const maintenanceFields = {
  on: z.boolean(),
  reason: z.string().trim().max(300).nullable().default(null),
  /** After how many minutes it ends by itself; null for when someone ends it. */
  minutes: z.int().min(1).max(LONGEST_MAINTENANCE_MINUTES).nullable().default(null),
}
/** Whether a time is given only with what is switched on, and what is wrong where it is not. */
export const isTimeNeeded = ({ on, minutes }: { on: boolean; minutes: number | null }) =>
  on || minutes === null
export const NEEDLESS_TIME = { path: ['minutes'], error: 'needless-time' satisfies InputForm }

const inputSchema = z
  .strictObject({ node: nodeIdSchema, ...maintenanceFields })
  .refine(isTimeNeeded, NEEDLESS_TIME)

type Input = z.infer<typeof inputSchema>

/**
 * Takes a node out of the watch while someone works on it, or back. The node itself is not touched. Called again for a
 * node that is in maintenance, it changes the reason and the end; since when it lasts stays. Incidents that are open on
 * it are put aside and end by nothing but a look afterwards.
 */
export const setMaintenance = defineOperation<Input, MaintenanceResult>({
  name: 'set-maintenance',
  access: 'operator',
  effect: 'record',
  input: inputSchema,
  nodeOf: (input) => input.node,
  requires(_context, { on, reason }, node) {
    if (on && !reason) throw new OperatorError('reason-needed')
    if (!on && node?.state === 'active') throw new OperatorError('node-not-in-maintenance', { node: node.id })
  },
  async run(context, input, call) {
    const wanted = input.on ? 'maintenance' : 'active'
    const node = await context.registry.update(call.node().id, (record) => {
      const now = context.clock.now()
      const current = recordAt(record, now)
      // It may have been retired after the permission was looked at.
      if (current.state === 'retired') throw new OperatorError('node-retired', { node: record.id })
      if (input.on) return begun(current, input, call.actor.name, now)
      if (record.state !== 'maintenance')
        throw new OperatorError('node-not-in-maintenance', { node: record.id })
      return ended(record)
    })
    if (node.state !== wanted) throw new OperatorError('registry-write-failed', { problem: 'not-kept' })
    return { outcome: 'done', data: { node, openIncidents: await tellIncidents(context, node.id) } }
  },
})

/** Has the cards say it now. Where that fails the next sweep does it, and what was done is done. */
async function tellIncidents(context: Context, nodeId: string): Promise<number> {
  await context.incidents.apply({ kind: 'tick' }).catch((error: unknown) => {
    context.log.warn({ err: error, node: nodeId }, 'the incidents could not be told of a maintenance')
  })
  return context.incidents.openOn(nodeId).length
}

function begun(record: NodeRecord, input: Input, by: string, now: number): NodeRecord {
  const at = (ms: number) => new Date(ms).toISOString()
  const since = record.state === 'maintenance' ? (record.maintenance?.since ?? record.updatedAt) : at(now)
  const until = input.minutes === null ? null : at(now + input.minutes * MINUTE)
  return {
    ...record,
    state: 'maintenance',
    stateReason: input.reason,
    maintenance: { by: by.slice(0, 128) || '?', since, until },
  }
}

function ended(record: NodeRecord): NodeRecord {
  return { ...record, state: 'active', stateReason: null, maintenance: null }
}

/**
 * Writes down that a maintenance whose time was up is over, with a line in the audit. The watch does not wait for it:
 * {@link recordAt} knows already. Never throws: what cannot be written now is written later.
 */
export async function endOverdueMaintenance(context: Context): Promise<void> {
  const isOver = (node: NodeRecord) =>
    node.state === 'maintenance' && recordAt(node, context.clock.now()).state === 'active'
  for (const { id, maintenance } of context.registry.list().filter(isOver)) {
    const started = context.clock.monotonic()
    try {
      await context.registry.update(id, (record) => (isOver(record) ? ended(record) : record))
      await context.audit.append({
        at: new Date(context.clock.now()).toISOString(),
        operationId: context.newId(),
        operation: 'set-maintenance',
        face: 'schedule',
        actorId: 'ocm',
        actorName: 'ocm',
        nodeId: id,
        input: { node: id, on: false, until: maintenance?.until ?? null },
        reason: null,
        result: 'done',
        errorCode: null,
        durationMs: Math.round(context.clock.monotonic() - started),
      })
    } catch (error) {
      context.log.warn({ err: error, node: id }, 'the end of a maintenance could not be written down')
    }
  }
}
