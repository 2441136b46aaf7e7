import { OperatorError } from '../base/errors.ts'
import type { Reason } from '../base/reading.ts'
import { agentEntries, bindingPatch, type WantedBinding } from '../openclaw/agent-config.ts'
import { updateAgent } from '../openclaw/methods/agents.ts'
import type { Answered } from '../openclaw/methods/answered.ts'
import { type ConfigView, readConfig } from '../openclaw/methods/config.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import { reasonOfError } from '../openclaw/reasons.ts'
import { bindingsIn, patchCurrent, patienceFor, readUntil } from './await-bot.ts'
import type { Context } from './context.ts'
import type { Outcome } from './operation.ts'

/** One thing about the new agent that was asked for, and whether the node shows it. */
export interface BotPart {
  part: 'agent' | 'name' | 'model' | 'workspace' | 'bindings'
  state: 'done' | 'failed' | 'unknown'
  /** Why it is not done, as far as that was told. */
  reason: Reason | null
}

/** How a change of an agent ended: by the agent itself, then by what belongs to it. */
export function outcomeOf(parts: readonly BotPart[]): Outcome {
  const agent = parts.find(({ part }) => part === 'agent')?.state
  if (agent !== 'done') return agent ?? 'unknown'
  return parts.every(({ state }) => state === 'done') ? 'done' : 'partial'
}

/** Name, model and channels of an agent that is there, each read back. */
export async function configureBot(
  context: Context,
  link: NodeLink,
  plan: { botId: string; name: string; model: string | null },
  bindings: readonly WantedBinding[],
  progress: (step: 'naming' | 'binding') => void,
): Promise<BotPart[]> {
  const { botId, name, model } = plan
  const parts: BotPart[] = []
  const renamed = name !== botId
  if (renamed || model !== null) {
    progress('naming')
    const changes = { ...(renamed ? { name } : {}), ...(model === null ? {} : { model }) }
    const shows = (config: ConfigView) => {
      const entry = agentEntries(config).get(botId)
      return {
        name: entry?.name === name,
        model: entry?.model === model,
      }
    }
    const wanted = [...(renamed ? (['name'] as const) : []), ...(model === null ? [] : (['model'] as const))]
    const made = await change(
      context,
      link,
      () => updateAgent(link, botId, changes),
      (config) => wanted.every((part) => shows(config)[part]),
    )
    for (const part of wanted)
      parts.push(made.config !== null && shows(made.config)[part] ? done(part) : { part, ...made.verdict })
  }
  if (bindings.length > 0) {
    progress('binding')
    const bound = (config: ConfigView) =>
      bindings.every((one) =>
        bindingsIn(config).some(
          ({ agentId, channel, account }) =>
            agentId === botId && channel === one.channel && account === one.account,
        ),
      )
    const send = () => patchCurrent(link, (config) => bindingPatch(config, botId, bindings))
    const made = await change(context, link, send, bound)
    parts.push(
      made.config !== null && bound(made.config) ? done('bindings') : { part: 'bindings', ...made.verdict },
    )
  }
  return parts
}

function done(part: BotPart['part']): BotPart {
  return { part, state: 'done', reason: null }
}

/** Makes one change and reads the configuration until it shows it. What the gateway refused is failed, and goes on. */
async function change(
  context: Context,
  link: NodeLink,
  send: () => Promise<Answered<unknown> | null>,
  shows: (config: ConfigView) => boolean,
): Promise<{ config: ConfigView | null; verdict: Pick<BotPart, 'state' | 'reason'> }> {
  let said: Answered<unknown> | null
  try {
    said = await send()
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return { config: null, verdict: { state: 'failed', reason: reasonOfError(error) } }
  }
  if (said === null) return { config: null, verdict: { state: 'failed', reason: null } }
  const seen = await readUntil(context, () => readConfig(link), { shows, forMs: patienceFor(said) })
  const reason = seen.reason ?? (said.answered ? null : said.reason)
  const failed = said.answered && seen.last !== null
  return { config: seen.last, verdict: { state: failed ? 'failed' : 'unknown', reason } }
}
