import { OperatorError } from '../base/errors.ts'
import type { Reason } from '../base/reading.ts'
import {
  bindingsLacking,
  bindingsPatch,
  entryOf,
  hidesSecret,
  settingsLacking,
  settingsPatch,
} from '../openclaw/agent-entry.ts'
import type { Answered } from '../openclaw/methods/answered.ts'
import { readConfig } from '../openclaw/methods/config.ts'
import { addCronJob, listCronJobs } from '../openclaw/methods/cron.ts'
import { reasonOfError } from '../openclaw/reasons.ts'
import { patchCurrent, patienceFor, readUntil } from './await-bot.ts'
import type { Context } from './context.ts'
import { jobsLacking } from './cron-jobs.ts'
import type { Call } from './operation.ts'
import type { RestoreBotStep } from './restore-bot.ts'
import type { RestoreBotPlan, RestoreBotSeen } from './restore-bot-plan.ts'

/** What belongs to an agent besides its files, and whether the node shows it again. */
export interface RestoredPart {
  part: 'settings' | 'bindings' | 'jobs'
  /** `taken`: something of it is somebody else's now and stays that. */
  state: 'done' | 'failed' | 'unknown' | 'taken'
  reason: Reason | null
}

const JOBS_MS = 20_000

/**
 * Brings settings, channels and jobs back that the agent lacks, each read back. The settings of one that was there stay as
 * they are: whoever changed them since meant it.
 */
export async function restoreBelongings(
  context: Context,
  call: Call<RestoreBotStep>,
  plan: RestoreBotPlan,
  seen: RestoreBotSeen,
): Promise<RestoredPart[]> {
  const { told } = seen
  if (told === null) return []
  const parts: RestoredPart[] = []
  const add = async (part: RestoredPart['part'], work: () => Promise<Omit<RestoredPart, 'part'>>) => {
    try {
      parts.push({ part, ...(await work()) })
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error
      const state = error.kind === 'unknown' ? 'unknown' : 'failed'
      parts.push({ part, state, reason: reasonOfError(error) })
    }
  }
  if (!plan.isThere && told.entry !== null) {
    call.progress({ step: 'settings' })
    const former = told.entry
    await add('settings', () => restoreSettings(context, seen, plan.botId, former))
  }
  if (told.bindings.length > 0) {
    call.progress({ step: 'binding' })
    await add('bindings', () => restoreBindings(context, seen, plan.botId, told.bindings))
  }
  if (told.cron === null || told.cron.length > 0) {
    call.progress({ step: 'scheduling' })
    await add('jobs', () => restoreJobs(context, seen, plan.botId, told.cron))
  }
  return parts
}

type Verdict = Omit<RestoredPart, 'part'>
const DONE: Verdict = { state: 'done', reason: null }
const REFUSED: Verdict = { state: 'failed', reason: null }

/** How a change ended that was sent and then looked for. */
function verdictOf(
  said: Answered<unknown> | null,
  seen: { shown: boolean; last: unknown; reason: Reason | null },
): Verdict {
  if (seen.shown) return DONE
  const failed = said?.answered === true && seen.last !== null
  const reason = seen.reason ?? (said === null || said.answered ? null : said.reason)
  return { state: failed ? 'failed' : 'unknown', reason }
}

async function restoreSettings(
  context: Context,
  { link }: RestoreBotSeen,
  botId: string,
  former: Record<string, unknown>,
): Promise<Verdict> {
  // What the gateway hid was not kept.
  const whole = hidesSecret(former) ? REFUSED : DONE
  const lacking = settingsLacking(former, entryOf(await readConfig(link), botId))
  if (Object.keys(lacking).length === 0) return whole
  const said = await patchCurrent(link, (config) => settingsPatch(config, botId, lacking))
  if (said === null) return REFUSED
  const seen = await readUntil(context, () => readConfig(link), {
    shows: (config) => Object.keys(settingsLacking(lacking, entryOf(config, botId))).length === 0,
    forMs: patienceFor(said),
  })
  return seen.shown ? whole : verdictOf(said, seen)
}

async function restoreBindings(
  context: Context,
  { link }: RestoreBotSeen,
  botId: string,
  former: readonly Record<string, unknown>[],
): Promise<Verdict> {
  const before = bindingsLacking(await readConfig(link), botId, former)
  const whole: Verdict = before.taken.length > 0 ? { state: 'taken', reason: null } : DONE
  if (before.lacking.length === 0) return whole
  const said = await patchCurrent(link, (config) =>
    bindingsPatch(config, botId, bindingsLacking(config, botId, former).lacking),
  )
  if (said === null) return REFUSED
  const seen = await readUntil(context, () => readConfig(link), {
    shows: (config) => bindingsLacking(config, botId, former).lacking.length === 0,
    forMs: patienceFor(said),
  })
  return seen.shown ? whole : verdictOf(said, seen)
}

async function restoreJobs(
  context: Context,
  { link, told }: RestoreBotSeen,
  botId: string,
  former: NonNullable<RestoreBotSeen['told']>['cron'],
): Promise<Verdict> {
  if (former === null || told === null) return { state: 'unknown', reason: null }
  const read = () => listCronJobs(link, { deadlineMs: JOBS_MS })
  const now = context.clock.now()
  let said: Answered<unknown> = { answered: true, answer: true }
  for (const job of jobsLacking(former, await read(), botId, now).lacking) {
    said = await addCronJob(link, { ...job, agentId: botId })
    // Whether it is there is not known: another one might make two of it.
    if (!said.answered) break
  }
  const seen = await readUntil(context, read, {
    shows: (jobs) => jobsLacking(former, jobs, botId, now).lacking.length === 0,
    forMs: patienceFor(said),
  })
  return verdictOf(said, seen)
}
