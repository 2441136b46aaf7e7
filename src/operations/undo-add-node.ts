import { z } from 'zod'
import { newRecord } from '../../registry/new-record.ts'
import { nodeIdSchema } from '../../registry/schema.ts'
import type { FaultCode } from '../provision/fault.ts'
import { placesBefore, placesMade, STATE } from '../provision/footprint.ts'
import type { RunRecord } from '../provision/run-record.ts'
import { undoSteps } from '../provision/run-steps.ts'
import { STEP_NAMES, type StepName } from '../provision/step.ts'
import { benchOf } from './add-node-bench.ts'
import { entryOf } from './add-node-ends.ts'
import type { Context } from './context.ts'
import { definePlanned } from './operation.ts'
import { foundAddition } from './unfinished-addition.ts'

const planSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  host: z.string(),
  acted: z.array(z.enum(STEP_NAMES)),
  /** What is removed on the machine, with all that is in it. Relative paths lie below the login user's home. */
  paths: z.array(z.string()),
  /** Whether its registry entry goes as well. */
  registered: z.boolean(),
})
/** What undo-add-node is going to take back. */
export type UndoAddPlan = z.infer<typeof planSchema>

/** A step of an addition whose effect is gone. */
export interface UndoAddStep {
  step: StepName
}

/** undo-add-node. */
export interface UndoAddResult {
  id: string
  name: string
  /** Whether the addition had changed anything on the machine. */
  changed: boolean
  /** Steps whose effect is gone, the last first. */
  taken: StepName[]
  /** Paths that are still there. */
  left: string[]
  /** Places of OpenClaw that were there before the addition and stay. Relative ones lie below the login user's home. */
  stayed: string[]
  /** Whether the gateway of the addition ran on such a place: what it wrote there stays, too. */
  wroteThere: boolean
  /** Backups of the node, which ocm keeps. */
  backups: number
  fault: { code: FaultCode; detail: string | null } | null
}

const inputSchema = z.strictObject({ id: nodeIdSchema })

/**
 * Takes back an addition that did not come to its end: the machine is as it was before, or what is still there is named.
 * What stood there before the addition stays, and so do backups.
 */
export const undoAddNode = definePlanned<
  z.infer<typeof inputSchema>,
  UndoAddResult,
  UndoAddStep,
  UndoAddPlan
>({
  name: 'undo-add-node',
  access: 'admin',
  effect: 'change',
  needsFullKey: true,
  input: inputSchema,
  nodeOf: () => null,
  planSchema,
  async prepare(context, { id }, call) {
    return { plan: planOf(context, await foundAddition(context, call.actor, id)), seen: null }
  },
  async run(context, { id }, call) {
    return await context.locks.withNode(id, 'undo-add-node', async () => {
      const run = await foundAddition(context, call.actor, id)
      const { wanted, name, tags, hostKey } = run
      const taken: StepName[] = []
      const take = (step: StepName) => {
        taken.push(step)
        call.progress({ step })
      }
      // Nobody is to be called because of a machine that is being taken down.
      if (isRegistered(context, run)) {
        await context.registry.remove(wanted.id)
        context.snapshots.delete(wanted.id)
        await context.nodes.forget(wanted.id)
        take('registry')
      }
      const record = { ...wanted, name, tags, ocPath: null, hostKeys: [hostKey] }
      const link = context.nodes.temporary(newRecord(record, hostKey.approvedAt))
      try {
        const bench = benchOf(context, run, link, call.signal, () => undefined)
        const { left, fault } = await undoSteps(bench, run, take)
        if (fault === null) await context.provision.additions.delete(id)
        const silent = fault?.code === 'silent'
        const outcome = fault === null ? 'done' : silent ? 'unknown' : 'failed'
        const stayed = run.before === null ? [] : placesBefore(run.before)
        const data: UndoAddResult = {
          ...{ id: wanted.id, name, changed: run.acted.length > 0, taken, left, stayed, fault },
          wroteThere:
            stayed.includes(STATE) && (run.acted.includes('service') || run.acted.includes('start')),
          backups: (await context.backups.list(id)).length,
        }
        return { outcome, data }
      } finally {
        await link.close()
      }
    })
  },
})

function isRegistered(context: Context, { wanted, acted, hostKey }: RunRecord): boolean {
  return acted.includes('registry') && entryOf(context, wanted.id, [hostKey]) !== undefined
}

function planOf(context: Context, run: RunRecord): UndoAddPlan {
  const { wanted, name, acted } = run
  const paths = acted.length === 0 ? [] : placesMade(run)
  return { id: wanted.id, name, host: wanted.host, acted, paths, registered: isRegistered(context, run) }
}
