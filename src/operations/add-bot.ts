import { z } from 'zod'
import { nodeIdSchema, typedNameSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import {
  agentEntries,
  bindingPatch,
  type ConfigChange,
  configuredChannels,
  otherChanges,
  type WantedBinding,
  workspacesOf,
} from '../openclaw/agent-config.ts'
import { createAgent, listAgents } from '../openclaw/methods/agents.ts'
import type { Answered } from '../openclaw/methods/answered.ts'
import { type ConfigView, readConfig } from '../openclaw/methods/config.ts'
import { readChannels } from '../openclaw/methods/status.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import type { ChannelFacts } from '../openclaw/snapshot.ts'
import { hasFeature } from '../openclaw/versions.ts'
import { lookAtWorkspace, type PathKind, workspaceProblem } from '../openclaw/workspace-look.ts'
import type { CallLimits } from '../ssh/call.ts'
import { bindingsIn, lookAgain, patienceFor, readAgentIds, readUntil } from './await-bot.ts'
import { bindingTextSchema, botIdSchema, parseBinding, workspaceSchema } from './bot-input.ts'
import { checkModel } from './check-model.ts'
import { type BotPart, configureBot, outcomeOf } from './configure-bot.ts'
import type { Context } from './context.ts'
import { definePlanned } from './operation.ts'

const inputSchema = z.strictObject({
  node: nodeIdSchema,
  id: botIdSchema,
  /** For people; the id when left out. */
  name: typedNameSchema.optional(),
  /** `provider/model`; the node's default when left out. */
  model: z.string().trim().min(1).max(128).optional(),
  /** `workspace-<id>` in OpenClaw's directory when left out. */
  workspace: workspaceSchema.optional(),
  bindings: z.array(bindingTextSchema).max(16).default([]),
})
type Input = z.infer<typeof inputSchema>

const planSchema = z.strictObject({
  nodeId: z.string(),
  nodeName: z.string(),
  botId: z.string(),
  name: z.string(),
  /** Null leaves it to the node's default. */
  model: z.string().nullable(),
  /** Whether the gateway lists that model, and which of its models come near; `not-asked` without one. */
  modelCheck: z.enum(['not-asked', 'listed', 'unlisted', 'unread']).default('not-asked'),
  modelsNear: z.array(z.string()).default([]),
  /** The listed model that was probably meant. */
  modelMeant: z.string().nullable().default(null),
  /** Where it leads, every link followed. */
  workspace: z.string(),
  /** `filled`: there is something in it, and OpenClaw writes its IDENTITY.md anew. */
  workspaceKind: z.enum(['absent', 'empty', 'filled']),
  /** `known` is false for a channel that the node does not set up; null where that is not told. */
  bindings: z.array(z.strictObject({ text: z.string(), known: z.boolean().nullable() })),
  /** This OpenClaw begins its gateway anew after channels were bound: until it serves again no bot answers. */
  beginsAnew: z.boolean().default(false),
  /** It is the first beside the only one: OpenClaw then changes more than was asked for. */
  second: z.boolean(),
})
/** The agent that add-bot is about to make. */
export type AddBotPlan = z.infer<typeof planSchema>

export type AddBotStep = { step: 'creating' | 'reading-back' | 'naming' | 'binding' }

/** add-bot. */
export interface AddBotResult {
  nodeId: string
  botId: string
  /** The id that OpenClaw gave it, where it is another one; it was left at that. */
  madeAs: string | null
  workspace: string
  parts: BotPart[]
  /** What OpenClaw changed besides; null when the configuration was not read afterwards. */
  besides: ConfigChange[] | null
  /** What the plan warned of and still holds; null where nothing was made. */
  warned: BotWarnings | null
}

/** What is likely to keep a new agent from answering. */
export type BotWarnings = Pick<
  AddBotPlan,
  'model' | 'modelCheck' | 'modelsNear' | 'modelMeant' | 'bindings' | 'beginsAnew'
>

interface Seen {
  link: NodeLink
  config: ConfigView
  bindings: WantedBinding[]
}

/**
 * Makes an agent on a node through its gateway, and is done when the node itself shows everything that was asked for.
 * An answer is no proof and silence no failure: both are read back.
 */
export const addBot = definePlanned<Input, AddBotResult, AddBotStep, AddBotPlan, Seen>({
  name: 'add-bot',
  access: 'admin',
  effect: 'change',
  needsFullKey: true,
  input: inputSchema,
  nodeOf: (input) => input.node,
  acts: { sessionOf: () => null },
  planSchema,
  async prepare(context, input, call) {
    const node = call.node()
    const link = context.nodes.link(node)
    const limits = { deadlineMs: context.limits.statusDeadlineMs, signal: call.signal }
    const { methods, protocol } = await link.hello(limits)
    if (!methods.has('agents.create') || !methods.has('agents.update'))
      throw new OperatorError('not-supported', { what: 'agents.create' })
    const [{ agents, defaultId }, config] = await Promise.all([listAgents(link, limits), readConfig(link)])
    const { id: botId } = input
    if (agents.some(({ id }) => id === botId) || agentEntries(config).has(botId))
      throw new OperatorError('bot-exists', { node: node.id, bot: botId })
    if (config.agentRosterIncludeOwned === true)
      throw new OperatorError('config-elsewhere', { node: node.id, what: 'agents' })
    const bindings = input.bindings.map(parseBinding)
    refuseTaken(node.id, config, botId, bindings)
    const look = await lookAtWorkspace(
      link,
      {
        statePath: node.ocPath,
        target: input.workspace ?? `${node.ocPath ?? '~/.openclaw'}/workspace-${botId}`,
        others: workspacesOf(agents, config, node.ocPath),
      },
      limits,
    )
    const problem = workspaceProblem(look)
    if (problem !== null)
      throw new OperatorError('workspace-refused', {
        node: node.id,
        workspace: look.target.real,
        why: problem,
      })
    const isSetUp = await setUpChannels(link, config, bindings, limits)
    const plan: AddBotPlan = {
      nodeId: node.id,
      nodeName: node.name,
      botId,
      name: input.name ?? botId,
      model: input.model ?? null,
      ...(await checkModel(link, input.model, defaultId ?? agents[0]?.id ?? 'main', limits)),
      workspace: look.target.real,
      workspaceKind: kindOf(look.target.kind),
      bindings: bindings.map(({ channel, account }) => ({
        text: account === null ? channel : `${channel}:${account}`,
        known: isSetUp(channel),
      })),
      beginsAnew: bindings.length > 0 && !areBindingsLive(context, node.id, protocol),
      second: agents.length === 1,
    }
    return { plan, seen: { link, config, bindings } }
  },
  async run(context, _input, call, { plan, seen: { link, config, bindings } }) {
    const { nodeId, botId, workspace } = plan
    call.progress({ step: 'creating' })
    const said = await createAgent(link, { id: botId, workspace })
    const madeAs = said.answered && said.answer !== null && said.answer !== botId ? said.answer : null
    const data: AddBotResult = { nodeId, botId, madeAs, workspace, parts: [], besides: null, warned: null }
    // Another id than the one that was confirmed: whatever it is, nothing more is done to it.
    if (madeAs !== null) {
      data.parts.push({ part: 'agent', state: 'failed', reason: null })
      return { outcome: 'partial', data }
    }
    call.progress({ step: 'reading-back' })
    const agent = await readBackAgent(context, link, plan, said)
    data.parts.push(...agent)
    if (agent.some(({ part, state }) => part === 'agent' && state === 'done')) {
      data.parts.push(
        ...(await configureBot(context, link, plan, bindings, (step) => call.progress({ step }))),
      )
      const after = await readConfig(link).catch(() => null)
      data.besides = after === null ? null : otherChanges(config, after, botId)
      data.warned = warningsOf(plan)
    }
    await lookAgain(context, call.node(), { shows: () => true, forMs: 0 })
    return { outcome: outcomeOf(data.parts), data }
  },
})

/** Gateways of before 2026.5.12 do not tell their version; what a look read of the program does, else the protocol. */
function areBindingsLive({ snapshots }: Context, node: string, protocol: 3 | 4): boolean {
  const version = snapshots.get(node)?.install.version.value ?? null
  return hasFeature(version, 'bindings-live') ?? protocol >= 4
}

/**
 * Whether the node sets a channel up: by its configuration, or by what the gateway itself says, which also knows of
 * included files and of tokens in the environment. Null where neither tells.
 */
async function setUpChannels(
  link: NodeLink,
  config: ConfigView,
  bindings: readonly WantedBinding[],
  limits: CallLimits,
): Promise<(channel: string) => boolean | null> {
  const configured = configuredChannels(config)
  if (bindings.every(({ channel }) => configured?.includes(channel))) return () => true
  const running = await tellChannels(link, limits)
  return (channel) => {
    if (configured?.includes(channel) || running?.some(({ id }) => id === channel)) return true
    return configured === null && running === null ? null : false
  }
}

async function tellChannels(link: NodeLink, limits: CallLimits): Promise<ChannelFacts[] | null> {
  try {
    return await readChannels(link, limits)
  } catch (error) {
    if (limits.signal?.aborted || !(error instanceof OperatorError)) throw error
    return null
  }
}

function warningsOf({
  model,
  modelCheck,
  modelsNear,
  modelMeant,
  bindings,
  beginsAnew,
}: AddBotPlan): BotWarnings {
  return { model, modelCheck, modelsNear, modelMeant, bindings, beginsAnew }
}

/** A place that the plan may name: the others were refused. */
function kindOf(kind: PathKind): AddBotPlan['workspaceKind'] {
  return kind === 'filled' || kind === 'empty' ? kind : 'absent'
}

/** @throws OperatorError binding-taken, config-elsewhere */
function refuseTaken(
  node: string,
  config: ConfigView,
  botId: string,
  wanted: readonly WantedBinding[],
): void {
  if (wanted.length === 0) return
  const taken = bindingsIn(config).find(({ channel, account, part }) =>
    wanted.some((one) => part === null && one.channel === channel && one.account === account),
  )
  if (taken)
    throw new OperatorError('binding-taken', {
      node,
      binding: taken.account === null ? taken.channel : `${taken.channel}:${taken.account}`,
      bot: taken.agentId,
    })
  if (bindingPatch(config, botId, wanted) === null)
    throw new OperatorError('config-elsewhere', { node, what: 'bindings' })
}

/** Whether the gateway works with the agent, and where: by the list, and by the configuration. */
async function readBackAgent(
  context: Context,
  link: NodeLink,
  { botId, workspace }: AddBotPlan,
  said: Answered<unknown>,
): Promise<BotPart[]> {
  const forMs = patienceFor(said)
  const listed = await readUntil(context, () => readAgentIds(link), {
    shows: (ids) => ids.includes(botId),
    forMs,
  })
  const config = await readUntil(context, () => readConfig(link), { shows: () => true, forMs: 0 })
  const entry = config.last === null ? null : (agentEntries(config.last).get(botId) ?? null)
  const reason = said.answered ? listed.reason : (listed.reason ?? said.reason)
  if (!listed.shown) {
    // It answered that it was made, and neither the list nor the configuration has it: then it was not.
    const failed = said.answered && listed.last !== null && config.last !== null && entry === null
    return [{ part: 'agent', state: failed ? 'failed' : 'unknown', reason }]
  }
  const place =
    config.last === null ? 'unknown' : entry?.workspace === workspace ? 'done' : ('failed' as const)
  return [
    { part: 'agent', state: 'done', reason: null },
    { part: 'workspace', state: place, reason: config.reason },
  ]
}
