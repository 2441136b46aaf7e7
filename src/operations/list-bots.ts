import { z } from 'zod'
import { type NodeRecord, nodeIdSchema, tagSchema } from '../../registry/schema.ts'
import { mapReading, type Reading, type Reason, stale, unknown } from '../base/reading.ts'
import type { Severity } from '../monitor/conditions.ts'
import type {
  AgentFacts,
  BindingFacts,
  ContextFacts,
  NodeSnapshot,
  NodeState,
  SessionFacts,
} from '../openclaw/snapshot.ts'
import { mayUse } from './access.ts'
import type { Context } from './context.ts'
import { judgementOf } from './judgement.ts'
import { type NodeRow, sessionParts } from './node-row.ts'
import { type Call, defineOperation, type Outcome } from './operation.ts'
import { readFleet } from './read-fleet.ts'
import { rememberAgents } from './remember-agents.ts'

/** One agent of a node, as a person looks at it. */
export interface BotRow {
  id: string
  name: string | null
  model: string | null
  /** Whether messages that are bound to nobody go to it. */
  isDefault: boolean
  workspace: string | null
  /** The channels whose messages go to it. */
  bindings: Reading<readonly BindingFacts[]>
  /** How many conversations are in use. */
  sessions: Reading<number>
  /** The conversation that is nearest to the point where the provider refuses. */
  fullest: NodeRow['fullest']
  /** How full that conversation is; null where none is known. */
  context: ContextFacts | null
  /** How bad that is by the rules of the node. */
  level: Severity | null
  /** When a person last wrote to it, epoch ms; heartbeats do not count. Null where there is no conversation at all. */
  lastActivityAt: Reading<number | null>
}

/** The bots of one node, or why they are not known. */
export interface NodeBots {
  id: string
  name: string
  state: NodeState
  /** Why the node is in its state; null for one that serves. */
  reason: Reason | null
  bots: Reading<BotRow[]>
  /** Epoch ms; null when the node was never read. */
  observedAt: number | null
  /** Still being read. */
  pending: boolean
}

/** list-bots: nodes by id, their agents in the order of the gateway. As progress, some nodes still pending. */
export interface BotList {
  nodes: NodeBots[]
  filter: { node: string | null; tags: readonly string[] }
  /** Whether the nodes were asked just now. */
  live: boolean
}

const inputSchema = z.strictObject({
  /** One node; null for every one. */
  node: nodeIdSchema.nullable().default(null),
  /** A node must carry all of them. */
  tags: z.array(tagSchema).max(8).default([]),
  /** True asks the nodes; otherwise the answer comes from memory alone. */
  live: z.boolean().default(false),
})
type Input = z.infer<typeof inputSchema>

const NEVER_READ: Reason = { code: 'not-read-yet' }

/** The agents of one node or of many: at once from what was last seen of them, or live. */
export const listBots = defineOperation<Input, BotList, BotList>({
  name: 'list-bots',
  access: 'viewer',
  effect: 'read',
  input: inputSchema,
  nodeOf: (input) => input.node,
  allowRetired: true,
  async run(context, input, call) {
    const nodes = wantedNodes(context, input, call)
    const rows = new Map<string, NodeBots>()
    const remember = (node: NodeRecord, pending: boolean) =>
      rows.set(node.id, nodeBots(context, node, context.snapshots.get(node.id), pending))
    for (const node of nodes) remember(node, input.live)
    const list = (): BotList => ({
      nodes: nodes.flatMap(({ id }) => rows.get(id) ?? []),
      filter: { node: input.node, tags: input.tags },
      live: input.live,
    })
    if (input.live) {
      call.progress(list())
      const { listDeadlineMs, statusDeadlineMs } = context.limits
      await readFleet(context, call, nodes, {
        effort: { kind: 'asked', deadlineMs: input.node === null ? listDeadlineMs : statusDeadlineMs },
        seen: (node, snapshot) => rows.set(node.id, nodeBots(context, node, snapshot, false)),
        givenUp: (node) => remember(node, false),
        report: () => call.progress(list()),
      })
      for (const node of nodes) await keepAgents(context, node)
    }
    const data = list()
    return { outcome: outcomeOf(data, call), data }
  },
})

function wantedNodes(context: Context, input: Input, call: Call<BotList>): NodeRecord[] {
  if (input.node !== null) return [call.node()]
  return context.registry
    .list()
    .filter((node) => node.state !== 'retired' && mayUse(call.actor, 'viewer', node))
    .filter((node) => input.tags.every((tag) => node.tags.includes(tag)))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

async function keepAgents(context: Context, node: NodeRecord): Promise<void> {
  const snapshot = context.snapshots.get(node.id)
  if (snapshot) await rememberAgents(context, node, snapshot)
}

/** Nothing was told of a node whose agents were not read: a list of such nodes alone tells nothing at all. */
function outcomeOf({ nodes }: BotList, { signal }: Call<BotList>): Outcome {
  const unread = nodes.filter(({ bots }) => bots.freshness === 'unknown').length
  if (nodes.length > 0 && unread === nodes.length) return 'unknown'
  return unread > 0 || signal.aborted ? 'partial' : 'done'
}

function nodeBots(
  context: Context,
  node: NodeRecord,
  snapshot: NodeSnapshot | undefined,
  pending: boolean,
): NodeBots {
  const { id, name } = node
  if (!snapshot)
    return {
      ...{ id, name, pending, observedAt: null },
      ...{ state: 'unknown', reason: NEVER_READ },
      bots: rememberedBots(node, unknown(NEVER_READ, 0)),
    }
  const { state, reason, observedAt, agents } = snapshot
  const levels = judgementOf(context, node, snapshot).levels.contexts
  const bots =
    agents.freshness === 'unknown'
      ? rememberedBots(node, agents)
      : mapReading(agents, (list) => list.map((agent) => botRow(agent, snapshot, levels)))
  return { id, name, state, reason, observedAt, pending, bots }
}

function botRow(
  { id, name, model, isDefault, workspace }: AgentFacts,
  snapshot: NodeSnapshot,
  levels: Readonly<Record<string, Severity | null>>,
): BotRow {
  const mine = mapReading(snapshot.sessions, (list) =>
    list.filter(({ agentId, archived }) => agentId === id && !archived),
  )
  const { sessions, fullest } = sessionParts(mine, snapshot.observedAt)
  const key = fullest.value?.sessionKey
  return {
    ...{ id, name, model, isDefault, workspace, sessions, fullest },
    bindings: mapReading(snapshot.bindings, (list) => list.filter(({ agentId }) => agentId === id)),
    context: mine.value?.find((session) => session.key === key)?.context ?? null,
    level: key === undefined ? null : (levels[key] ?? null),
    lastActivityAt: lastActivity(mine),
  }
}

/** The last message of a person in any conversation; versions before 2026.8.1 do not tell (run). */
function lastActivity(sessions: Reading<SessionFacts[]>): Reading<number | null> {
  if (sessions.freshness === 'unknown') return sessions
  if (sessions.value.length === 0 && sessions.limitedTo === undefined) return mapReading(sessions, () => null)
  const times = sessions.value.flatMap(({ lastInteractionAt }) => lastInteractionAt ?? [])
  const { source, observedAt } = sessions
  if (times.length === 0) return unknown({ code: 'not-reported' }, observedAt, source)
  return mapReading(sessions, () => Math.max(...times))
}

/** The agents as the registry remembers them, where the gateway does not tell. */
function rememberedBots(
  { agents }: NodeRecord,
  unread: Extract<Reading<AgentFacts[]>, { freshness: 'unknown' }> | Reading<never>,
): Reading<BotRow[]> {
  const reason = unread.freshness === 'unknown' ? unread.reason : NEVER_READ
  if (agents.length === 0) return unknown(reason, unread.observedAt, unread.source)
  const nothing = unknown<never>(reason, unread.observedAt)
  const rows = agents.map(
    ({ id, model }): BotRow => ({
      ...{ id, model, name: null, isDefault: false, workspace: null, context: null, level: null },
      ...{ bindings: nothing, sessions: nothing, fullest: nothing, lastActivityAt: nothing },
    }),
  )
  const seenAt = Math.min(...agents.map((agent) => Date.parse(agent.seenAt)))
  return stale(rows, 'registry', seenAt, reason)
}
