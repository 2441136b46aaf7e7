import { z } from 'zod'
import { maintenanceSchema } from '../../registry/schema.ts'
import { UNVALIDATED } from '../backup/manifest.ts'
import { readingSchema, reasonSchema } from '../base/reading-schema.ts'
import { incidentSchema } from '../incidents/incident.ts'
import { CONDITION_CODES } from '../monitor/conditions.ts'
import { bindingSchema, contextSchema, sessionSchema } from '../openclaw/snapshot.ts'

/** How bad something is. */
export const level = z.enum(['notice', 'warning', 'critical'])
/** How a node stands. */
export const nodeState = z.enum(['serving', 'not-serving', 'service-down', 'unreachable', 'unknown'])
const params = z.record(z.string(), z.union([z.string(), z.number()]))
/** Why something is as it is. */
export const reason = reasonSchema
/** What a look at a node found wrong. */
export const anomaly = z.object({
  code: z.enum(CONDITION_CODES),
  severity: level,
  params,
  reason: reason.exactOptional(),
  detail: z.string().exactOptional(),
})
const count = readingSchema(z.number())
const fullest = readingSchema(
  z.object({ agentId: z.string(), sessionKey: z.string(), usablePercent: z.number() }).nullable(),
)
export const auditRow = z.object({
  input: z.record(z.string(), z.unknown()),
  at: z.string(),
  nodeId: z.string().nullable(),
  reason: z.string().nullable(),
  result: z.enum(['unknown', 'done', 'partial', 'failed', 'refused', 'stopped']),
  address: z.string().exactOptional(),
  hash: z.string(),
  operationId: z.string(),
  operation: z.string(),
  face: z.string(),
  actorId: z.string(),
  actorName: z.string(),
  approval: z.any().exactOptional(),
  about: z.any().exactOptional(),
  errorCode: z.string().nullable(),
  durationMs: z.number(),
  seq: z.number(),
})
export const comparedCopy = z.object({
  kind: z.enum(['file', 'webhook', 'given']),
  upTo: z.number().nullable(),
  compared: z.any(),
  problem: z.string().nullable(),
})
/** A tag that no node carries, and which may have been meant. */
export const strayTag = z.object({ tag: z.string(), near: z.string().nullable() })
export const chainPlace = z.object({ seq: z.number(), hash: z.string() })
export const auditFault = z.object({
  kind: z.enum([
    'missing',
    'edited',
    'moved',
    'not-following',
    'cut-off',
    'added',
    'cut-too-early',
    'not-as-copied',
    'behind-copy',
    'not-as-noted',
  ]),
  from: z.number(),
  to: z.number(),
})
export const openOne = z.object({ incident: incidentSchema, node: z.any() })
export const token = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: z.number(),
  expiresAt: z.number().nullable(),
  operations: z.array(z.string()).nullable(),
  grants: z.array(z.any()),
  createdBy: z.string(),
  revokedAt: z.number().nullable(),
  lastUsedAt: z.number().nullable(),
})
export const approval = z.object({
  state: z.enum(['used', 'open', 'refused', 'approved', 'revoked', 'expired']),
  tags: z.array(z.string()).nullable(),
  input: z.record(z.string(), z.unknown()),
  id: z.string(),
  nodeId: z.string().nullable(),
  reason: z.string().nullable(),
  plan: z.any(),
  operationId: z.string().nullable(),
  operation: z.string(),
  access: z.enum(['viewer', 'operator', 'admin']),
  askedBy: z.any(),
  askedAt: z.number(),
  expiresAt: z.number(),
  decided: z.any(),
})
export const roleCall = z.object({
  state: z.enum(['unknown', 'silent', 'missing', 'heard']),
  role: z.string(),
})
export const forecast = z.object({
  tokensPerHour: z.number(),
  tokensPerTurn: z.number(),
  largeTurn: z.number(),
  fullInMs: z.number(),
  earliestMs: z.number(),
  latestMs: z.number(),
  turnsLeft: z.number(),
})
export const versionRow = z.object({
  id: z.string(),
  name: z.string(),
  openclaw: readingSchema(z.string()),
  node: readingSchema(z.string()),
})
export const fleetRow = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum([
    'unknown',
    'done',
    'partial',
    'failed',
    'running',
    'refused',
    'stopped',
    'waiting',
    'not-begun',
  ]),
  error: z.any(),
  tookMs: z.number().nullable(),
  step: z.any().exactOptional(),
  update: z.any().exactOptional(),
})
export const turnCheck = z.object({
  state: z.enum(['not-run', 'answered', 'failed', 'silent']),
  why: z.enum(['not-allowed', 'not-supported', 'no-key', 'no-agent', 'agents-unread']).nullable(),
  agent: z.string().nullable(),
  said: z.string().nullable(),
  tookMs: z.number().nullable(),
  left: z.string().nullable(),
})
export const compared = z.object({
  agentsMissing: z.array(z.string()),
  fewer: z.array(z.any()),
  unusable: z.array(z.string()),
  unread: z.boolean(),
})
export const restorePlace = z.object({
  real: z.string(),
  origin: z.string().exactOptional(),
  staged: z.string(),
  aside: z.string().nullable(),
  kept: z.string(),
})
export const backup = z.object({
  id: z.string(),
  nodeId: z.string(),
  agent: z.string().nullable(),
  takenAt: z.number(),
  method: z.enum(['openclaw', 'stream']),
  openclawVersion: z.string().nullable(),
  files: z.number(),
  bytes: z.number(),
  newBytes: z.number(),
  verified: z.any(),
  restorable: z.any(),
  offSite: z.any(),
})
const named = z.object({ id: z.string(), name: z.string() })
export const backupDigest = z.object({
  at: z.number(),
  scheduled: z.number(),
  fresh: z.number(),
  late: z.array(named),
  unread: z.number(),
  oldest: named.extend({ takenAt: z.number() }).nullable(),
  failing: z.array(named),
  taken: z.object({ count: z.number(), newBytes: z.number() }).nullable(),
  drills: z.object({ passed: z.number(), failed: z.array(named) }),
  offSite: z.object({ copied: z.number(), late: z.array(named) }).nullable(),
})
export const verification = z.object({
  at: z.number(),
  sound: z.boolean(),
  problems: z.array(z.any()),
  problemCount: z.number(),
  databases: z.number(),
  readSince: z.number().exactOptional(),
  ciphertextOnly: z.literal(true).exactOptional(),
})
export const backupGaps = z.object({
  databases: z.array(z.string()),
  foreignDatabases: z.array(z.string()),
  unreadable: z.array(z.string()),
  missingPlaces: z.array(z.string()),
  configuration: reason.nullable(),
})
export const retained = z.object({
  removed: z.array(z.string()),
  freedBytes: z.number().nullable(),
  failed: z.boolean(),
})
export const difference = z.object({
  added: z.any(),
  removed: z.any(),
  changed: z.any(),
  agentsAdded: z.array(z.string()),
  agentsRemoved: z.array(z.string()),
})
const botRow = z.object({
  id: z.string(),
  name: z.string().nullable(),
  model: z.string().nullable(),
  isDefault: z.boolean(),
  workspace: z.string().nullable(),
  bindings: readingSchema(z.array(bindingSchema)),
  sessions: count,
  fullest,
  context: contextSchema.nullable(),
  level: level.nullable(),
  lastActivityAt: readingSchema(z.number().nullable()),
})
export const nodeBots = z.object({
  id: z.string(),
  name: z.string(),
  state: nodeState,
  reason: reason.nullable(),
  bots: readingSchema(z.array(botRow)),
  observedAt: z.number().nullable(),
  pending: z.boolean(),
})
export const configChange = z.object({
  path: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
})
export const nodeRow = z.object({
  id: z.string(),
  name: z.string(),
  tags: z.array(z.string()),
  recordState: z.enum(['retired', 'maintenance', 'active']),
  stateReason: z.string().nullable(),
  maintenance: maintenanceSchema.nullable(),
  state: nodeState,
  reason: reason.nullable(),
  agents: count,
  sessions: count,
  fullest,
  version: readingSchema(z.string()),
  uptimeSeconds: readingSchema(z.number()),
  load: readingSchema(z.object({ one: z.number(), perCpu: z.number().nullable() })),
  diskUsedPercent: readingSchema(z.number()),
  backupAt: readingSchema(z.number().nullable()),
  levels: z.object({ context: level.nullable(), disk: level.nullable() }),
  anomalies: z.array(anomaly),
  incidents: z.array(z.object({ id: z.string(), level })),
  observedAt: z.number().nullable(),
  freshness: z.enum(['never', 'live', 'stale', 'cached']),
  pending: z.boolean(),
  tookMs: z.number().nullable(),
})
export const levels = z.object({
  disk: level.nullable(),
  memory: level.nullable(),
  contexts: z.record(z.string(), level),
})
export const validation = z.object({
  node: z.string(),
  version: z.string().nullable(),
  verdict: z.enum(['passed', 'failed', 'unknown']),
  why: z.enum(UNVALIDATED).nullable(),
  config: z.boolean(),
  databases: z.number(),
  databasesThere: z.number(),
})
export const lastDrill = z.object({
  id: z.string(),
  at: z.number(),
  ok: z.boolean(),
  openclaw: z.string().nullable(),
})
export const sessionView = z.object({
  session: sessionSchema,
  level: level.nullable(),
  forecast: forecast.nullable(),
  incident: incidentSchema.nullable(),
})
