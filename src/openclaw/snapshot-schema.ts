import { type ZodType, z } from 'zod'
import { REASON_CODES, type Reading, type Reason } from '../base/reading.ts'
import type { HostFacts, NodeSnapshot, SessionFacts } from './snapshot.ts'

const sourceSchema = z.enum(['rpc', 'cli', 'store-file', 'probe', 'ssh', 'registry'])
const reasonSchema: ZodType<Reason> = z.strictObject({
  code: z.enum(REASON_CODES),
  params: z.exactOptional(z.record(z.string(), z.union([z.string(), z.number()]))),
  detail: z.exactOptional(z.string()),
})

function reading<T>(value: ZodType<T>): ZodType<Reading<T>> {
  const base = { source: sourceSchema, observedAt: z.number() }
  return z.discriminatedUnion('freshness', [
    z.strictObject({ freshness: z.literal('fresh'), value, ...base }),
    z.strictObject({ freshness: z.literal('stale'), value, ...base, reason: reasonSchema }),
    z.strictObject({
      freshness: z.literal('unknown'),
      value: z.null(),
      source: sourceSchema.nullable(),
      observedAt: z.number(),
      reason: reasonSchema,
    }),
  ]) as unknown as ZodType<Reading<T>>
}

const text = reading(z.string())
const number = reading(z.number())
const flag = reading(z.boolean())

const usageFields = { totalBytes: z.number(), availableBytes: z.number(), usedPercent: z.number() }
const hostSchema: ZodType<HostFacts> = z.strictObject({
  hostname: text,
  uptimeSeconds: number,
  load: reading(z.strictObject({ one: z.number(), five: z.number(), fifteen: z.number() })),
  cpuCount: number,
  memory: reading(z.strictObject(usageFields)),
  disk: reading(z.strictObject({ path: z.string(), ...usageFields })),
  clockSkewMs: number,
})

const sessionSchema: ZodType<SessionFacts> = z.strictObject({
  key: z.string(),
  agentId: z.string(),
  sessionId: z.string().nullable(),
  kind: z.string().nullable(),
  model: z.string().nullable(),
  modelProvider: z.string().nullable(),
  lastInteractionAt: z.number().nullable(),
  startedAt: z.number().nullable(),
  status: z.string().nullable(),
  running: z.boolean().nullable(),
  lastRunError: z.string().nullable(),
  compactionCount: z.number().nullable(),
  archived: z.boolean(),
  context: z.strictObject({
    used: number,
    window: number,
    windowFrom: z.enum(['session', 'model', 'config', 'default']),
    reserve: z.number(),
    reserveFrom: z.enum(['model', 'setting', 'default']),
    headroom: number,
    usablePercent: number,
    windowPercent: number,
  }),
  usage: z.strictObject({
    inputTokens: z.number().nullable(),
    outputTokens: z.number().nullable(),
    estimatedCostUsd: z.number().nullable(),
  }),
})

/** A snapshot as a file holds it. A file of a program version with other facts does not fit and is dropped. */
export const snapshotSchema: ZodType<NodeSnapshot> = z.strictObject({
  nodeId: z.string(),
  observedAt: z.number(),
  tookMs: z.number(),
  state: z.enum(['serving', 'not-serving', 'service-down', 'unreachable', 'unknown']),
  reason: reasonSchema.nullable(),
  host: hostSchema,
  service: z.strictObject({
    kind: reading(z.enum(['systemd-user', 'process', 'none'])),
    unit: text,
    activeState: text,
    subState: text,
    result: text,
    exitStatus: number,
    pid: number,
    restarts: number,
    startedAt: number,
    enabled: flag,
    linger: flag,
  }),
  install: z.strictObject({
    version: text,
    binary: text,
    nodeBinary: text,
    nodeVersion: text,
    configPath: text,
    configValid: flag,
    gatewayPort: number,
  }),
  gateway: z.strictObject({
    protocol: number,
    ready: flag,
    uptimeMs: number,
    bootId: text,
    health: reading(z.strictObject({ ok: z.boolean(), issues: z.array(z.string()) })),
    channels: reading(
      z.array(
        z.strictObject({
          id: z.string(),
          account: z.string(),
          running: z.boolean().nullable(),
          connected: z.boolean().nullable(),
          error: z.string().nullable(),
        }),
      ),
    ),
  }),
  agents: reading(
    z.array(
      z.strictObject({
        id: z.string(),
        name: z.string().nullable(),
        model: z.string().nullable(),
        isDefault: z.boolean(),
        workspace: z.string().nullable(),
      }),
    ),
  ),
  sessions: reading(z.array(sessionSchema)),
})
