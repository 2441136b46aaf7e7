import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { backupNameSchema } from './backups.ts'
import type { Context } from './context.ts'
import type { Call } from './operation.ts'
import { definePlanned } from './operation.ts'
import {
  bringAndDrain,
  giveBack,
  type Replaced,
  type ReplaceStep,
  replaceState,
  verifyBefore,
} from './replace-state.ts'
import { newRun, placesBeside, Restoration } from './restoration.ts'
import { type Compared, compareRestored } from './restore-compare.ts'
import { type Moved, originalStands } from './restore-move.ts'
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
  /** The node that it is a backup of, where that is another one, and whether that one may still run. */
  moved: { from: string; suspect: boolean } | null
}

const inputSchema = z.strictObject({
  node: nodeIdSchema,
  backup: backupNameSchema.default('latest'),
  /** Whoever restores says that the backup is of another machine, and that nothing of it runs there any more. */
  otherMachine: z.boolean().default(false),
  /** The node that it is a backup of, where that is another one. */
  from: nodeIdSchema.nullable().default(null),
  /** The id of that node, typed: needed where nobody can ask it whether it has stopped. */
  confirm: z.string().trim().max(200).nullable().default(null),
})

/**
 * Puts a backup of a node in the place of its present state, on the same node or on another one whose original is proven to be
 * stopped. Everything is brought there and read again before the gateway is stopped; what was there is put aside and comes
 * back when anything fails afterwards.
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
  async run(context, { confirm }, call, { plan, seen }) {
    const { nodeId, backup, takenAt, bytes, leftovers, move } = plan
    const { link, unit, snapshot, manifest, moved, look } = seen
    await verifyBefore(context, call, { ...plan, nodeId: moved?.source.id ?? nodeId })
    const { folder, ...run } = newRun(manifest.about.state, context.clock.now())
    const places = placesBeside({ folder, ...run }, look.places, moved?.origins)
    const quiet = places.map(({ real }) => real)
    const job = { nodeId, backup, bytes, leftovers, link, unit, snapshot, folder, places, quiet, moved }
    const restoration = new Restoration(context, call, job)
    const kept = await restoration.settle()
    await bringAndDrain(context, call, restoration, seen)
    // What was confirmed as stopped is not replaced by somebody's word.
    const typed = move?.original === 'suspect' ? confirm : null
    const original = moved && (await originalAgain(context, call, restoration, moved, typed))
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
    if (data.state === 'before') await original?.takeBack()
    const told = move && { from: move.from, suspect: original?.suspect ?? false }
    return { outcome, data: { nodeId, backup, takenAt, moved: told, ...data } }
  },
})

/**
 * Right before the stop: an original that was started meanwhile ends the run, and one that cannot be asked is suspect from
 * now on, so that whoever looks is told when it answers again.
 */
async function originalAgain(
  context: Context,
  call: Call<RestoreStep>,
  restoration: Restoration,
  { source, origins }: Moved,
  confirm: string | null,
): Promise<{ suspect: boolean; takeBack(): Promise<void> }> {
  const { clock, decommissions } = context
  try {
    const places = [...origins.values()]
    const { original } = await originalStands(context, source, { places, signal: call.signal, confirm })
    const was = await decommissions.suspect(source.id)
    if (original === 'stopped' || was !== undefined)
      return { suspect: original === 'suspect', takeBack: async () => undefined }
    await decommissions.setSuspect(source.id, { since: clock.now(), actorId: call.actor.id })
    return { suspect: true, takeBack: () => decommissions.setSuspect(source.id, null) }
  } catch (error) {
    await giveBack(restoration)
    throw error
  }
}
