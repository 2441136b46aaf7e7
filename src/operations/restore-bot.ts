import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { createAgent } from '../openclaw/methods/agents.ts'
import { lookAgain, patienceFor, readAgentIds, readUntil } from './await-bot.ts'
import { backupNameSchema } from './backups.ts'
import { botIdSchema } from './bot-input.ts'
import { botReplacements } from './bot-places.ts'
import { type BotCompared, compareBot } from './compare-bot.ts'
import type { Context } from './context.ts'
import { type Call, definePlanned, type Outcome } from './operation.ts'
import {
  bringAndDrain,
  giveBack,
  type Replaced,
  type ReplaceStep,
  replaceState,
  verifyBefore,
} from './replace-state.ts'
import { newRun, Restoration } from './restoration.ts'
import {
  planRestoreBot,
  type RestoreBotPlan,
  type RestoreBotSeen,
  restoreBotPlanSchema,
  sameRestoreBot,
} from './restore-bot-plan.ts'
import { type RestoredPart, restoreBelongings } from './restored-belongings.ts'

export type RestoreBotStep =
  | ReplaceStep
  | { step: 'creating' | 'reading-back' | 'settings' | 'binding' | 'scheduling' }

/** restore-bot. */
export interface RestoreBotResult extends Replaced<BotCompared> {
  nodeId: string
  botId: string
  backup: string
  takenAt: number
  /** Whether OpenClaw made it anew for this; `unknown` when nobody could see. It stays, and is empty where `state` is before. */
  made: 'no' | 'made' | 'refused' | 'unknown'
  /** What belongs to it besides its files; empty where nothing of that was to be brought back. */
  parts: RestoredPart[]
}

const inputSchema = z.strictObject({
  node: nodeIdSchema,
  id: botIdSchema,
  backup: backupNameSchema.default('latest'),
})

/**
 * Puts one agent back as it was: files and sessions, then settings, channels and jobs. OpenClaw makes it first where it is
 * gone, because that alone ends its memory of the deletion (run: 2026.9.6); the gateway is stopped while the files change,
 * and what was there is put aside and comes back when anything fails.
 */
export const restoreBot = definePlanned<
  z.infer<typeof inputSchema>,
  RestoreBotResult,
  RestoreBotStep,
  RestoreBotPlan,
  RestoreBotSeen
>({
  name: 'restore-bot',
  access: 'admin',
  effect: 'change',
  needsFullKey: true,
  input: inputSchema,
  nodeOf: (input) => input.node,
  acts: { sessionOf: () => null },
  planSchema: restoreBotPlanSchema,
  prepare: planRestoreBot,
  holds: sameRestoreBot,
  async run(context, _input, call, { plan, seen }) {
    await verifyBefore(context, call, plan)
    const { restoration, kept } = await bring(context, call, plan, seen)
    const made = plan.isThere ? 'no' : await make(context, call, plan, seen)
    if (made === 'refused' || made === 'unknown') {
      await giveBack(restoration)
      const outcome: Outcome = made === 'refused' ? 'failed' : 'unknown'
      return { outcome, data: { ...untouched(plan, kept), made } }
    }
    const { outcome, data } = await replaceState<BotCompared>({
      ...{ context, call, restoration, nodeId: plan.nodeId, kept },
      ranBefore: true,
      compare: () => compareBot(context, call, plan.botId, seen, restoration),
    })
    const parts = data.state === 'restored' ? await restoreBelongings(context, call, plan, seen) : []
    if (data.state === 'restored') call.progress({ step: 'verified' })
    await lookAgain(context, call.node(), { shows: () => true, forMs: 0 })
    const whole = parts.every(({ state }) => state === 'done')
    return {
      outcome: outcome === 'done' && !whole ? 'partial' : outcome,
      data: { ...ofPlan(plan), ...data, made, parts },
    }
  },
})

/** Everything that can fail before anything of the node is changed. */
async function bring(
  context: Context,
  call: Call<RestoreBotStep>,
  plan: RestoreBotPlan,
  { link, unit, snapshot, manifest, reals, work }: RestoreBotSeen,
): Promise<{ restoration: Restoration; kept: RestoreBotResult['kept'] }> {
  const { nodeId, backup, bytes, leftovers } = plan
  const { state } = manifest.about
  const run = newRun(state, context.clock.now())
  const places = botReplacements(run, state, reals)
  const job = {
    nodeId,
    backup,
    bytes,
    leftovers,
    link,
    unit,
    snapshot,
    folder: run.folder,
    places,
    quiet: [state],
  }
  const restoration = new Restoration(context, call, job)
  const kept = await restoration.settle()
  await bringAndDrain(context, call, restoration, { link, work })
  return { restoration, kept }
}

/** Lets OpenClaw make the agent, and waits until its gateway works with it. */
async function make(
  context: Context,
  call: Call<RestoreBotStep>,
  { botId }: RestoreBotPlan,
  { link, workspace }: RestoreBotSeen,
): Promise<'made' | 'refused' | 'unknown'> {
  call.progress({ step: 'creating' })
  try {
    const said = await createAgent(link, { id: botId, workspace })
    if (said.answered && said.answer !== null && said.answer !== botId) return 'refused'
    call.progress({ step: 'reading-back' })
    const shows = (ids: readonly string[]) => ids.includes(botId)
    const listed = await readUntil(context, () => readAgentIds(link), { shows, forMs: patienceFor(said) })
    return listed.shown ? 'made' : 'unknown'
  } catch (error) {
    context.log.warn({ err: error, node: link.nodeId, bot: botId }, 'an agent could not be made anew')
    return 'refused'
  }
}

function ofPlan({ nodeId, botId, backup, takenAt }: RestoreBotPlan) {
  return { nodeId, botId, backup, takenAt }
}

function untouched(plan: RestoreBotPlan, kept: RestoreBotResult['kept']): Omit<RestoreBotResult, 'made'> {
  return {
    ...ofPlan(plan),
    ...{ state: 'before', serving: true, fault: null, reason: null, logTail: [], secondsDown: null },
    ...{ compared: null, asides: [], kept, places: [], parts: [] },
  }
}
