import { z } from 'zod'
import { OperatorError } from '../base/errors.ts'
import { compactionPoint } from '../monitor/rules/compaction-point.ts'
import { thresholdsFor } from '../monitor/thresholds.ts'
import { capFor } from '../openclaw/compaction.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import type { Context } from './context.ts'
import { findSession } from './find-session.ts'
import { definePlanned } from './operation.ts'
import type { SessionStep } from './session-plan.ts'
import { sessionInputSchema } from './session-plan.ts'

const planSchema = z.strictObject({
  nodeId: z.string(),
  /** Where in openclaw.json. */
  path: z.string(),
  before: z.number().nullable(),
  after: z.number(),
  window: z.number(),
  reserve: z.number(),
  /** Where OpenClaw will then compact, tokens. */
  compactsAt: z.number(),
  model: z.string(),
})
/** prevent-overflow: the lasting remedy in the node's configuration. */
export type PreventPlan = z.infer<typeof planSchema>

export interface PreventResult extends PreventPlan {
  /** The value that the node now has, read back. */
  verified: number | null
  needsRestart: boolean
}

const CALL_MS = 20_000
const REDACTED = '__OPENCLAW_REDACTED__'

const modelSchema = z.looseObject({ id: z.string(), contextTokens: z.number().optional() })
const configSchema = z.looseObject({
  hash: z.string(),
  parsed: z.looseObject({
    agents: z
      .looseObject({
        defaults: z
          .looseObject({
            compaction: z.looseObject({ reserveTokensFloor: z.number().optional() }).optional(),
          })
          .optional(),
      })
      .optional(),
    models: z
      .looseObject({
        providers: z
          .record(z.string(), z.looseObject({ models: z.array(modelSchema).optional() }))
          .optional(),
      })
      .optional(),
  }),
})
type Config = z.infer<typeof configSchema>

/** What the plan was made from; the hash refuses a configuration that was changed since. */
interface Seen {
  link: NodeLink
  target: Target
  change: Change
  hash: string
}

/**
 * The lasting remedy: a cap in the node's configuration that makes OpenClaw compact before the session's critical level,
 * and so before the point where the provider refuses. On gateways with a fixed reserve it is the model's `contextTokens`;
 * on 2026.2.17 it is `reserveTokensFloor`. Applied with the hash that was read, and read back.
 */
export const preventOverflow = definePlanned<
  z.infer<typeof sessionInputSchema>,
  PreventResult,
  SessionStep,
  PreventPlan,
  Seen
>({
  name: 'prevent-overflow',
  access: 'admin',
  effect: 'change',
  input: sessionInputSchema,
  nodeOf: (input) => input.node,
  planSchema,
  async prepare(context, input, call) {
    const node = call.node()
    const { link, session } = await findSession(context, node, input.session, call.signal)
    const model = session.model ?? '?'
    const { reserve } = session.context
    const window = session.context.window.value
    const rules = { nodeId: node.id, tags: node.tags, agentId: session.agentId }
    const { contextCritical } = thresholdsFor(context.rules.value(), rules)
    const compactsAt = window === null ? null : compactionPoint(window - reserve, contextCritical)
    if (window === null || compactsAt === null) throw new OperatorError('no-remedy', { node: node.id, model })
    const target = { provider: session.modelProvider, model: session.model, window, compactsAt }
    const config = await readConfig(link)
    const change = await changeFor(context, link, config, target)
    if (change === null) throw new OperatorError('no-remedy', { node: node.id, model })
    const { path, before, after } = change
    return {
      plan: { nodeId: node.id, path, before, after, window, reserve, compactsAt: change.compactsAt, model },
      seen: { link, target, change, hash: config.hash },
    }
  },
  async run(context, _input, call, { plan, seen: { link, target, change, hash } }) {
    call.progress({ step: 'acting' })
    const params = { raw: JSON.stringify(change.patch), baseHash: hash }
    const answer = await link.rpc('config.patch', params, { deadlineMs: CALL_MS })
    call.progress({ step: 'verifying' })
    const after = await changeFor(context, link, await readConfig(link), target)
    const verified = after?.before ?? null
    return {
      outcome: verified === plan.after ? 'done' : 'failed',
      data: { ...plan, verified, needsRestart: asksForRestart(answer.payload) },
    }
  },
})

async function readConfig(link: NodeLink): Promise<Config> {
  const answer = await link.rpc('config.get', {}, { deadlineMs: CALL_MS })
  const parsed = configSchema.safeParse(answer.payload)
  if (!parsed.success)
    throw new OperatorError('gateway-protocol', { node: link.nodeId }, { cause: parsed.error })
  return parsed.data
}

interface Target {
  provider: string | null
  model: string | null
  window: number
  /** Where OpenClaw is to compact, tokens. */
  compactsAt: number
}

interface Change {
  path: string
  before: number | null
  after: number
  compactsAt: number
  patch: object
}

async function changeFor(
  context: Context,
  link: NodeLink,
  config: Config,
  target: Target,
): Promise<Change | null> {
  const hello = await link.hello({ deadlineMs: context.limits.statusDeadlineMs })
  return hello.protocol >= 4 ? capModel(config, target) : raiseFloor(config, target)
}

/** A JSON merge patch replaces arrays whole, so the list of models goes back as it was with one number changed. */
function capModel(config: Config, target: Target): Change | null {
  const models = config.parsed.models?.providers?.[target.provider ?? '']?.models
  const model = models?.find(({ id }) => id === target.model)
  // A placeholder that went back to the node would become its new secret.
  if (!models || !model || target.provider === null || JSON.stringify(models).includes(REDACTED)) return null
  const { compactsAt } = target
  const after = capFor(compactsAt)
  const capped = models.map((entry) =>
    entry.id === target.model ? { ...entry, contextTokens: after } : entry,
  )
  return {
    path: `models.providers.${target.provider}.models[${target.model}].contextTokens`,
    before: model.contextTokens ?? null,
    after,
    compactsAt,
    patch: { models: { providers: { [target.provider]: { models: capped } } } },
  }
}

function raiseFloor(config: Config, target: Target): Change {
  const { compactsAt } = target
  const after = target.window - compactsAt
  return {
    path: 'agents.defaults.compaction.reserveTokensFloor',
    before: config.parsed.agents?.defaults?.compaction?.reserveTokensFloor ?? null,
    after,
    compactsAt,
    patch: { agents: { defaults: { compaction: { reserveTokensFloor: after } } } },
  }
}

const patchReplySchema = z.looseObject({
  sentinel: z
    .looseObject({
      payload: z
        .looseObject({ stats: z.looseObject({ requiresRestart: z.boolean().optional() }).optional() })
        .optional(),
    })
    .optional(),
})

function asksForRestart(payload: unknown): boolean {
  return patchReplySchema.safeParse(payload).data?.sentinel?.payload?.stats?.requiresRestart === true
}
