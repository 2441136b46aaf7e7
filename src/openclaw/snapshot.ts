import { z } from 'zod'
import { readingSchema, reasonSchema } from '../base/reading-schema.ts'

/**
 * What ocm knows of a node, schema first: what a file holds is checked against the very schemas that the types are made
 * of. A file of a program version with other facts does not fit and is dropped.
 */

const text = readingSchema(z.string())
const number = readingSchema(z.number())
const flag = readingSchema(z.boolean())
/** What is counted has no fractions and is never below zero; {@link optionalCount} sees to it at the border. */
const wholeNumber = z.int().min(0)

/**
 * What a node is to its users. `serving`: the gateway answered readiness or a handshake just now. `not-serving`: the
 * service runs, or something holds the port, but no gateway answers, or the one that does is being stopped.
 * `service-down`: no running service. `unreachable`: SSH did not get through, and nothing was heard. `unknown`: heard,
 * but the facts do not say, or came too late.
 */
export const nodeStateSchema = z.enum(['serving', 'not-serving', 'service-down', 'unreachable', 'unknown'])
export type NodeState = z.infer<typeof nodeStateSchema>

const space = { totalBytes: z.number(), availableBytes: z.number(), usedPercent: z.number() }

/** Facts about the machine. Bytes are bytes, percentages 0 to 100. */
const hostSchema = z.strictObject({
  hostname: text,
  uptimeSeconds: number,
  load: readingSchema(z.strictObject({ one: z.number(), five: z.number(), fifteen: z.number() })),
  cpuCount: number,
  memory: readingSchema(z.strictObject(space)),
  /**
   * The file system that holds OpenClaw's state, or the login user's home where there is none yet, as `df` on the node
   * counts it: used / (used + available). Every place that shows a disk shows this one.
   */
  disk: readingSchema(z.strictObject({ path: z.string(), ...space })),
  /** Node's clock minus the bot's clock, milliseconds; half the round trip is already taken off. */
  clockSkewMs: number,
})
export type HostFacts = z.infer<typeof hostSchema>

/** Facts about the process that should be the gateway. */
const serviceSchema = z.strictObject({
  /** How the gateway is kept alive. */
  kind: readingSchema(z.enum(['systemd-user', 'systemd-system', 'process', 'none'])),
  unit: text,
  activeState: text,
  subState: text,
  result: text,
  exitStatus: number,
  pid: number,
  restarts: number,
  /** Epoch milliseconds by the node's clock. */
  startedAt: number,
  enabled: flag,
  linger: flag,
})
export type ServiceFacts = z.infer<typeof serviceSchema>

/** Where OpenClaw lives on the node. */
const installSchema = z.strictObject({
  version: text,
  binary: text,
  nodeBinary: text,
  nodeVersion: text,
  configPath: text,
  configValid: flag,
  gatewayPort: number,
})
export type InstallFacts = z.infer<typeof installSchema>

/** One chat channel of the gateway (Discord, Telegram and so on). */
const channelSchema = z.strictObject({
  id: z.string(),
  account: z.string(),
  /** As OpenClaw reports it; null when it does not say. */
  running: z.boolean().nullable(),
  connected: z.boolean().nullable(),
  error: z.string().nullable(),
})
export type ChannelFacts = z.infer<typeof channelSchema>

/** What the gateway says of itself. */
const gatewaySchema = z.strictObject({
  /** Protocol version agreed on: 3 or 4. */
  protocol: number,
  ready: flag,
  uptimeMs: number,
  /** Changes with every start of the gateway. */
  bootId: text,
  health: readingSchema(z.strictObject({ ok: z.boolean(), issues: z.array(z.string()) })),
  channels: readingSchema(z.array(channelSchema)),
})
export type GatewayFacts = z.infer<typeof gatewaySchema>

/** An agent; users say bot. */
const agentSchema = z.strictObject({
  id: z.string(),
  name: z.string().nullable(),
  model: z.string().nullable(),
  isDefault: z.boolean(),
  workspace: z.string().nullable(),
})
export type AgentFacts = z.infer<typeof agentSchema>

/** A chat channel whose messages go to one agent. */
export const bindingSchema = z.strictObject({
  agentId: z.string(),
  channel: z.string(),
  /** One account of the channel; null for every one. */
  account: z.string().nullable(),
  /** One conversation, server or team, for example `group:77`; null for the whole channel. */
  part: z.string().nullable(),
})
export type BindingFacts = z.infer<typeof bindingSchema>

/** How full one session is. All counts are tokens. */
export const contextSchema = z.strictObject({
  /** Prompt tokens of the last model call: `totalTokens`, never `inputTokens`. */
  used: number,
  window: number,
  /** Where the window was found. */
  windowFrom: z.enum(['session', 'model', 'config', 'default']),
  /** What the next request will ask for on top of the prompt. */
  reserve: z.number(),
  reserveFrom: z.enum(['model', 'setting', 'default']),
  /** From where on the configuration makes OpenClaw compact earlier than by itself; null where it does not. */
  cap: z.number().nullable(),
  /** window − reserve − used; negative means that the next turn is refused. */
  headroom: number,
  /** used in per cent of (window − reserve); 100 is where the provider refuses. */
  usablePercent: number,
})
export type ContextFacts = z.infer<typeof contextSchema>

/** One conversation of an agent. */
export const sessionSchema = z.strictObject({
  key: z.string(),
  agentId: z.string(),
  sessionId: z.string().nullable(),
  kind: z.string().nullable(),
  model: z.string().nullable(),
  modelProvider: z.string().nullable(),
  /** A person's last message where OpenClaw says so; `updatedAt` is moved by heartbeats and is not activity. */
  lastInteractionAt: wholeNumber.nullable(),
  startedAt: wholeNumber.nullable(),
  status: z.string().nullable(),
  running: z.boolean().nullable(),
  lastRunError: z.string().nullable(),
  compactionCount: wholeNumber.nullable(),
  archived: z.boolean(),
  context: contextSchema,
  /** Spend, kept apart from context. */
  usage: z.strictObject({
    inputTokens: wholeNumber.nullable(),
    outputTokens: wholeNumber.nullable(),
    estimatedCostUsd: z.number().nullable(),
  }),
})
export type SessionFacts = z.infer<typeof sessionSchema>

/** Everything that was seen of one node at one time. */
export const snapshotSchema = z.strictObject({
  nodeId: z.string(),
  /** Epoch milliseconds on the bot's clock when the collection ended. */
  observedAt: z.number(),
  tookMs: z.number(),
  state: nodeStateSchema,
  /** Why, for every state but `serving`; for `serving` set when something limits the view. */
  reason: reasonSchema.nullable(),
  host: hostSchema,
  service: serviceSchema,
  install: installSchema,
  gateway: gatewaySchema,
  agents: readingSchema(z.array(agentSchema)),
  bindings: readingSchema(z.array(bindingSchema)),
  sessions: readingSchema(z.array(sessionSchema)),
})
export type NodeSnapshot = z.infer<typeof snapshotSchema>
