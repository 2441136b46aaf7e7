import { z } from 'zod'
import { itemSchema } from '../openclaw/decommission/node-side.ts'
import { openMirror } from '../store/mirror.ts'
import { defineCollection, type Store } from '../store/store.ts'

/** The steps of a decommission, in their order. */
export const DECOMMISSION_STEPS = [
  'drain',
  'backup',
  'uninstall',
  'revoke',
  'rename',
  'delete',
  'linger',
  'retire',
] as const
export type DecommissionStepName = (typeof DECOMMISSION_STEPS)[number]

const recordSchema = z.strictObject({
  nodeId: z.string(),
  operationId: z.string(),
  /** Epoch milliseconds; a backup that is older proves nothing for this run. */
  startedAt: z.number(),
  /** The machine that it was begun for, as JSON. */
  binding: z.string(),
  unit: z.string(),
  port: z.number().nullable(),
  nodeBinary: z.string().nullable(),
  items: z.array(itemSchema),
  stays: z.array(z.string()),
  /** The backup of the stopped node that has to be sound before anything is deleted. */
  backup: z.string().nullable(),
  /** The step that was begun last; written before its first act. */
  step: z.enum(DECOMMISSION_STEPS),
  done: z.array(z.strictObject({ step: z.enum(DECOMMISSION_STEPS), durationMs: z.number() })),
})
/** How far the decommission of a node has come. */
export type DecommissionRecord = z.infer<typeof recordSchema>

const suspectSchema = z.strictObject({
  /** Epoch milliseconds at which somebody asked for it and the node did not answer. */
  since: z.number(),
  actorId: z.string(),
})
/** A node that was to be decommissioned and could not be reached: it may still run. */
export type Suspect = z.infer<typeof suspectSchema>

const records = defineCollection({ name: 'decommission', schema: recordSchema })
const suspects = defineCollection({ name: 'suspect-node', schema: suspectSchema })

/** What a crash must not forget of decommissions: one record for a node, none once it is decommissioned. */
export interface DecommissionsPort {
  get(nodeId: string): Promise<DecommissionRecord | undefined>
  /** On the disk when it resolves. @throws what the store throws */
  put(record: DecommissionRecord): Promise<void>
  /** The run has ended, or nothing of it was begun that could be gone on with. */
  end(nodeId: string): Promise<void>
  suspect(nodeId: string): Promise<Suspect | undefined>
  /** The same from memory. */
  isSuspect(nodeId: string): boolean
  /** Null once the node was seen and somebody has decided. @throws what the store throws */
  setSuspect(nodeId: string, suspect: Suspect | null): Promise<void>
}

export async function openDecommissions(
  store: Store,
): Promise<DecommissionsPort & { close(): Promise<void> }> {
  const known = await openMirror(store, suspects)
  return {
    get: (nodeId) => store.get(records, nodeId),
    put: (record) => store.put(records, record.nodeId, record),
    end: (nodeId) => store.delete(records, nodeId),
    async close() {
      known.close()
    },
    isSuspect: (nodeId) => known.get(nodeId) !== undefined,
    suspect: (nodeId) => store.get(suspects, nodeId),
    setSuspect: (nodeId, suspect) =>
      suspect === null ? store.delete(suspects, nodeId) : store.put(suspects, nodeId, suspect),
  }
}
