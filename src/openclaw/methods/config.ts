import { z } from 'zod'
import { OperatorError } from '../../base/errors.ts'
import { capFor } from '../compaction.ts'
import type { NodeLink } from '../ports.ts'
import { hasFeature } from '../versions.ts'
import { type Answered, answerToWrite } from './answered.ts'

const CALL_MS = 20_000
/** What a gateway shows in place of a secret (every version). */
export const REDACTED = '__OPENCLAW_REDACTED__'

const modelSchema = z.looseObject({ id: z.string(), contextTokens: z.number().optional() })
const configSchema = z.looseObject({
  hash: z.string(),
  /** Whether the agents, or the bindings, stand in an included file, which a patch does not reach (from 2026.9.6 on). */
  agentRosterIncludeOwned: z.boolean().optional().catch(undefined),
  bindingsIncludeOwned: z.boolean().optional().catch(undefined),
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

/** The configuration as `config.get` shows it, with the hash that a patch must name. */
export type ConfigView = z.infer<typeof configSchema>

/** Reads the configuration that the gateway works with. @throws OperatorError as {@link NodeLink.rpc}, gateway-protocol */
export async function readConfig(link: Pick<NodeLink, 'rpc' | 'nodeId'>): Promise<ConfigView> {
  const answer = await link.rpc('config.get', {}, { deadlineMs: CALL_MS })
  const parsed = configSchema.safeParse(answer.payload)
  if (!parsed.success)
    throw new OperatorError('gateway-protocol', { node: link.nodeId }, { cause: parsed.error })
  return parsed.data
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

/**
 * Merges a patch into the configuration, provided that it is still the one with this hash. Answers without one may have
 * been written all the same: only reading back tells.
 * @returns whether the gateway says that only a restart brings it into force
 * @throws OperatorError when nothing was sent or the gateway refused
 */
export function patchConfig(
  link: Pick<NodeLink, 'rpc'>,
  { patch, baseHash }: { patch: object; baseHash: string },
): Promise<Answered<{ needsRestart: boolean }>> {
  const params = { raw: JSON.stringify(patch), baseHash }
  return answerToWrite(
    link.rpc('config.patch', params, { deadlineMs: CALL_MS }).then(({ payload }) => {
      const reply = patchReplySchema.safeParse(payload).data
      return { needsRestart: reply?.sentinel?.payload?.stats?.requiresRestart === true }
    }),
  )
}

/** Which sessions are to be compacted earlier, and where. */
export interface CapTarget {
  provider: string | null
  model: string | null
  window: number
  /** Where OpenClaw is to compact, tokens. */
  compactsAt: number
}

/** One number in the configuration and the patch that sets it. */
export interface CapChange {
  path: string
  before: number | null
  after: number
  compactsAt: number
  patch: object
}

/**
 * The number that makes OpenClaw compact earlier. From 2026.5.12 on it is the model's `contextTokens` (run: effective
 * there and on 2026.9.6), before that `reserveTokensFloor` (run: 2026.2.17; accepted by 2026.3.31). Null when the model is
 * not in the configuration, or when a secret beside it cannot be written back.
 * @param gateway its protocol decides where the version is not known
 */
export function capChange(
  config: ConfigView,
  target: CapTarget,
  gateway: { version: string | null; protocol: 3 | 4 },
): CapChange | null {
  const byModel = hasFeature(gateway.version, 'model-cap') ?? gateway.protocol >= 4
  return byModel ? capModel(config, target) : raiseFloor(config, target)
}

/** A JSON merge patch replaces arrays whole, so the list of models goes back as it was with one number changed. */
function capModel(config: ConfigView, target: CapTarget): CapChange | null {
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

function raiseFloor(config: ConfigView, target: CapTarget): CapChange {
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
