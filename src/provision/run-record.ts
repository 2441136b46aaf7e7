import { z } from 'zod'
import { nodeRecordSchema, pinnedHostKeySchema } from '../../registry/schema.ts'
import { defineCollection, type Store } from '../store/store.ts'
import { SEEN_CODES } from './evidence.ts'
import { FAULTS } from './fault.ts'
import { SECRET_NAME } from './secrets.ts'
import { STEP_NAMES } from './step.ts'

export const wantedSchema = z.strictObject({
  id: nodeRecordSchema.shape.id,
  host: nodeRecordSchema.shape.host,
  sshPort: nodeRecordSchema.shape.sshPort,
  sshUser: nodeRecordSchema.shape.sshUser,
  gatewayPort: nodeRecordSchema.shape.gatewayPort,
  version: z.string().max(40).nullable(),
  model: z.string().max(128).nullable(),
  secret: z.string().regex(SECRET_NAME).nullable(),
})

const stepSchema = z.strictObject({
  name: z.enum(STEP_NAMES),
  /** `acting`: begun, and nothing was heard of its end. */
  state: z.enum(['satisfied', 'not-needed', 'acting', 'done', 'failed']),
  /** What shows it, for programs; untrusted, without secrets. */
  evidence: z.string().max(1_000),
  /** The same by codes, for people. Not in what an older ocm wrote. */
  seen: z
    .array(
      z.strictObject({
        code: z.enum(SEEN_CODES),
        params: z.record(z.string(), z.union([z.string().max(300), z.number()])),
      }),
    )
    .max(16)
    .default([]),
  tookMs: z.int().min(0),
})
export type StepRecord = z.infer<typeof stepSchema>

const runSchema = z.strictObject({
  wanted: wantedSchema,
  name: nodeRecordSchema.shape.name,
  tags: nodeRecordSchema.shape.tags,
  hostKey: pinnedHostKeySchema,
  /** Epoch milliseconds. */
  startedAt: z.number(),
  /** `kept`: it stopped, and somebody chose to leave the machine so. It can still go on or be taken back. */
  state: z.enum(['running', 'stopped', 'kept', 'done']),
  steps: z.array(stepSchema).max(STEP_NAMES.length),
  /** Steps that changed something, in any of the attempts: what an undo takes back. */
  acted: z.array(z.enum(STEP_NAMES)).max(STEP_NAMES.length),
  made: z.array(z.string().max(80)).max(16),
  before: z
    .strictObject({
      home: z.string().max(512),
      uid: z.int().min(0),
      absent: z.array(z.string().max(512)).max(64),
      // Not in what an older ocm wrote: then no key is taken back.
      hadKey: z.boolean().default(true),
    })
    .nullable(),
  fault: z
    .strictObject({
      code: z.enum(FAULTS),
      step: z.enum(STEP_NAMES),
      detail: z.string().max(4_000).nullable(),
    })
    .nullable(),
})

/** One addition of a node, as far as it has come. */
export type RunRecord = z.infer<typeof runSchema>

const YEAR_MS = 365 * 24 * 3_600_000

/** Additions by the id of their node. One that has ended is of no use but to look at. */
export const additions = defineCollection({
  name: 'node-addition',
  schema: runSchema,
  keep: { forMs: YEAR_MS, records: 1_000 },
})

/** Additions of nodes; each is on the disk before what it tells of is begun. */
export interface AdditionsPort {
  get(nodeId: string): Promise<RunRecord | undefined>
  put(run: RunRecord): Promise<void>
  delete(nodeId: string): Promise<void>
}

/** The additions in the store. */
export function openAdditions(store: Store): AdditionsPort {
  return {
    get: (nodeId) => store.get(additions, nodeId.toLowerCase()),
    put: (run) => store.put(additions, run.wanted.id.toLowerCase(), run),
    delete: (nodeId) => store.delete(additions, nodeId.toLowerCase()),
  }
}
