import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import { mapReading, type Reading, type Reason } from '../base/reading.ts'
import { readingSchema } from '../base/reading-schema.ts'
import { observeNode } from '../monitor/observe.ts'
import { agentEntries, isPlainPath, workspacesOf } from '../openclaw/agent-config.ts'
import { deleteAgent, listAgents } from '../openclaw/methods/agents.ts'
import type { Answered } from '../openclaw/methods/answered.ts'
import { readConfig } from '../openclaw/methods/config.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import { reasonOfError } from '../openclaw/reasons.ts'
import { isShared, lookAtWorkspace } from '../openclaw/workspace-look.ts'
import { bindingsIn, lookAgain, patienceFor, readAgentIds, readUntil } from './await-bot.ts'
import { backupNode } from './backup-node.ts'
import { botIdSchema } from './bot-input.ts'
import { type BotPart, outcomeOf } from './configure-bot.ts'
import type { Context } from './context.ts'
import { type Call, definePlanned, type Outcome, type Prepared } from './operation.ts'
import { readRunningWork } from './running-work.ts'
import type { BackupStep } from './take-backup.ts'

const inputSchema = z.strictObject({ node: nodeIdSchema, id: botIdSchema })
type Input = z.infer<typeof inputSchema>

const planSchema = z.strictObject({
  nodeId: z.string(),
  nodeName: z.string(),
  botId: z.string(),
  name: z.string().nullable(),
  /** Where it works; null where neither the gateway nor the configuration tells. */
  workspace: z.string().nullable(),
  /** Its conversations, archived ones as well: all are destroyed. */
  sessions: readingSchema(z.number()),
  /** Turns of it that are in progress. */
  running: readingSchema(z.number()),
  bindings: z.array(z.string()),
})
/** The agent that remove-bot is about to delete. */
export type RemoveBotPlan = z.infer<typeof planSchema>

export type RemoveBotStep = BackupStep | { step: 'deleting' } | { step: 'reading-back-removal' }

/** remove-bot. */
export interface RemoveBotResult {
  nodeId: string
  botId: string
  /** The backup that was made first. */
  backup: { id: string; outcome: Outcome }
  /** `agent` and `bindings`; empty where nothing was asked of the node because the backup is not whole. */
  parts: Pick<BotPart, 'part' | 'state' | 'reason'>[]
}

/** OpenClaw says for 10 to 20 s after a deletion that its sessions cannot be read (run: 2026.9.6). */
const REVOKED_MS = 25_000

/**
 * Deletes an agent through the gateway of its node, after a backup of the node in the same run: OpenClaw destroys the
 * sessions of an agent in every mode, and what it moves to the trash no longer holds them (run: 2026.9.6). Without a
 * whole and verified backup nothing is deleted.
 */
export const removeBot = definePlanned<Input, RemoveBotResult, RemoveBotStep, RemoveBotPlan, NodeLink>({
  name: 'remove-bot',
  access: 'admin',
  effect: 'change',
  needsFullKey: true,
  input: inputSchema,
  nodeOf: (input) => input.node,
  acts: { sessionOf: () => null },
  planSchema,
  prepare: lookAtBot,
  holds: covers,
  async run(context, input, call, { plan, seen: link }) {
    const { nodeId, botId } = plan
    const backedUp = await backupNode.run(context, { node: input.node, method: 'stream' }, call, null)
    const { backup, verification } = backedUp.data
    const data: RemoveBotResult = {
      nodeId,
      botId,
      backup: { id: backup.id, outcome: backedUp.outcome },
      parts: [],
    }
    if (backedUp.outcome !== 'done' || !verification.sound) return { outcome: 'failed', data }
    // A backup takes its time: the bot may have begun to work meanwhile.
    const { plan: now } = await lookAtBot(context, input, call)
    if (!covers(plan, now)) throw new OperatorError('plan-changed', { operation: 'remove-bot' })
    call.progress({ step: 'deleting' })
    const said = await asked(link, botId)
    if ('refused' in said) {
      data.parts.push({ part: 'agent', state: 'failed', reason: said.refused })
      return { outcome: 'failed', data }
    }
    call.progress({ step: 'reading-back-removal' })
    data.parts.push(...(await readBackRemoval(context, link, botId, said)))
    // Sessions that cannot be read yet are asked for again.
    await lookAgain(context, call.node(), {
      shows: ({ sessions }) => sessions.freshness === 'fresh',
      forMs: REVOKED_MS,
    })
    return { outcome: outcomeOf(data.parts), data }
  },
})

/** What there is of the bot now. @throws OperatorError unknown-bot, bot-kept, not-supported */
async function lookAtBot(
  context: Context,
  { id: botId }: Input,
  call: Pick<Call<never>, 'node' | 'signal'>,
): Promise<Prepared<RemoveBotPlan, NodeLink>> {
  const node = call.node()
  const link = context.nodes.link(node)
  const limits = { deadlineMs: context.limits.statusDeadlineMs, signal: call.signal }
  const { methods } = await link.hello(limits)
  if (!methods.has('agents.delete')) throw new OperatorError('not-supported', { what: 'agents.delete' })
  const [{ agents }, config, snapshot] = await Promise.all([
    listAgents(link, limits),
    readConfig(link),
    observeNode(context, node, { kind: 'asked', ...limits }),
  ])
  const agent = agents.find(({ id }) => id === botId)
  if (agent === undefined) throw new OperatorError('unknown-bot', { node: node.id, bot: botId })
  const workspace = agent.workspace ?? agentEntries(config).get(botId)?.workspace ?? null
  const others = agents.filter(({ id }) => id !== botId)
  const kept = (why: 'last' | 'default' | 'shared') =>
    new OperatorError('bot-kept', { node: node.id, bot: botId, why })
  if (others.length === 0) throw kept('last')
  if (agent.isDefault) throw kept('default')
  // OpenClaw moves the workspace away, whoever else works in it.
  if (workspace !== null && isPlainPath(workspace)) {
    const places = {
      statePath: node.ocPath,
      target: workspace,
      others: workspacesOf(others, config, node.ocPath),
    }
    if (isShared(await lookAtWorkspace(link, places, limits))) throw kept('shared')
  }
  const work = await readRunningWork(context, link, snapshot, limits)
  const plan: RemoveBotPlan = {
    nodeId: node.id,
    nodeName: node.name,
    botId,
    name: agent.name,
    workspace,
    sessions: countOf(snapshot.sessions, botId),
    running: countOf(work.running, botId),
    bindings: bindingsIn(config)
      .filter(({ agentId }) => agentId === botId)
      .map(({ channel, account, part }) => [channel, account, part].filter((one) => one !== null).join(':')),
  }
  return { plan, seen: link }
}

function countOf(reading: Reading<readonly { agentId: string }[]>, botId: string): Reading<number> {
  return mapReading(reading, (all) => all.filter(({ agentId }) => agentId === botId).length)
}

/** Still the same bot, and nothing more to lose than the confirmation showed. */
function covers(confirmed: RemoveBotPlan, now: RemoveBotPlan): boolean {
  const noMore = (before: Reading<number>, after: Reading<number>) =>
    before.value === null || (after.value !== null && after.value <= before.value)
  return (
    confirmed.nodeId === now.nodeId &&
    confirmed.botId === now.botId &&
    confirmed.workspace === now.workspace &&
    confirmed.bindings.join('\n') === now.bindings.join('\n') &&
    noMore(confirmed.sessions, now.sessions) &&
    noMore(confirmed.running, now.running)
  )
}

/** Asks for the deletion; a refusal is told beside the backup that was made. */
async function asked(link: NodeLink, botId: string): Promise<Answered<unknown> | { refused: Reason }> {
  try {
    return await deleteAgent(link, botId)
  } catch (error) {
    if (!(error instanceof OperatorError) || error.kind !== 'failed') throw error
    return { refused: reasonOfError(error) }
  }
}

/** Whether the gateway no longer works with the agent, and whether nothing is bound to it. */
async function readBackRemoval(
  context: Context,
  link: NodeLink,
  botId: string,
  said: Answered<unknown>,
): Promise<RemoveBotResult['parts']> {
  const forMs = patienceFor(said)
  const list = await readUntil(context, () => readAgentIds(link), {
    shows: (ids) => !ids.includes(botId),
    forMs,
  })
  const config = await readUntil(context, () => readConfig(link), {
    shows: (one) => bindingsIn(one).every(({ agentId }) => agentId !== botId),
    forMs: list.shown ? forMs : 0,
  })
  const there = config.last !== null && agentEntries(config.last).has(botId)
  // It answered that it was deleted, and both the list and the configuration have it still: then it was not.
  const kept = said.answered && list.last !== null && there
  const reason = said.answered ? list.reason : (list.reason ?? said.reason)
  const bindings = config.shown ? 'done' : config.last === null ? 'unknown' : 'failed'
  return [
    list.shown
      ? { part: 'agent', state: 'done', reason: null }
      : { part: 'agent', state: kept ? 'failed' : 'unknown', reason },
    { part: 'bindings', state: bindings, reason: config.reason },
  ]
}
