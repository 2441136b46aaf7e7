import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { backupNameSchema } from './backups.ts'
import { definePlanned } from './operation.ts'
import {
  bringAndDrain,
  type Replaced,
  type ReplaceStep,
  replaceState,
  verifyBefore,
} from './replace-state.ts'
import { newRun, placesBeside, Restoration } from './restoration.ts'
import { type Compared, compareRestored } from './restore-compare.ts'
import {
  planRestore,
  type RestorePlan,
  type RestoreSeen,
  restorePlanSchema,
  sameRestore,
} from './restore-plan.ts'

/** Steps of a restore as they happen. */
export type RestoreStep = ReplaceStep

/** restore-node. */
export interface RestoreResult extends Replaced<Compared> {
  nodeId: string
  backup: string
  takenAt: number
}

const inputSchema = z.strictObject({
  node: nodeIdSchema,
  backup: backupNameSchema.default('latest'),
  /** Whoever restores says that the backup is of another machine, and that nothing of it runs there any more. */
  otherMachine: z.boolean().default(false),
})

/**
 * Puts a backup of a node in the place of its present state, on the same node. Everything is brought there and read again
 * before the gateway is stopped; what was there is put aside and comes back when anything fails afterwards.
 */
export const restoreNode = definePlanned<
  z.infer<typeof inputSchema>,
  RestoreResult,
  RestoreStep,
  RestorePlan,
  RestoreSeen
>({
  name: 'restore-node',
  access: 'admin',
  effect: 'change',
  needsFullKey: true,
  input: inputSchema,
  nodeOf: (input) => input.node,
  acts: { sessionOf: () => null },
  planSchema: restorePlanSchema,
  prepare: (context, input, call) => planRestore(context, input, call),
  holds: sameRestore,
  async run(context, _input, call, { plan, seen }) {
    const { nodeId, backup, takenAt, bytes, leftovers } = plan
    await verifyBefore(context, call, plan)
    const { link, unit, snapshot, manifest, look } = seen
    const { folder, ...run } = newRun(manifest.about.state, context.clock.now())
    const places = placesBeside({ folder, ...run }, look.places)
    const quiet = places.map(({ real }) => real)
    const job = { nodeId, backup, bytes, leftovers, link, unit, snapshot, folder, places, quiet }
    const restoration = new Restoration(context, call, job)
    const kept = await restoration.settle()
    await bringAndDrain(context, call, restoration, seen)
    const { outcome, data } = await replaceState<Compared>({
      ...{ context, call, restoration, nodeId, kept },
      ranBefore: snapshot.state === 'serving' || snapshot.state === 'not-serving',
      async compare() {
        const compared = await compareRestored(context, call, seen, restoration)
        const { unread, fewer, unusable, agentsMissing } = compared
        const whole = !unread && fewer.length === 0 && unusable.length === 0
        return { compared, whole, missing: agentsMissing.length > 0 }
      },
    })
    if (data.state === 'restored') call.progress({ step: 'verified' })
    return { outcome, data: { nodeId, backup, takenAt, ...data } }
  },
})
