import { z } from 'zod'
import { OperatorError } from '../../base/errors.ts'
import type { CallLimits } from '../../ssh/call.ts'
import { optionalText, optionalTokens } from '../optional-fields.ts'
import type { NodeLink } from '../ports.ts'
import type { ModelLimits } from '../sessions.ts'
import { hasFeature } from '../versions.ts'

const text = optionalText(1024)

const modelsSchema = z.object({ models: z.array(z.unknown()) })
const modelSchema = z.object({ id: z.string(), provider: z.string(), contextWindow: optionalTokens })
const providersSchema = z.object({
  parsed: z
    .object({
      models: z
        .object({ providers: z.record(z.string(), z.unknown()).catch({}) })
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
})
const providerSchema = z.object({ api: text, models: z.array(z.unknown()).catch([]) })
const configuredModelSchema = z.object({
  id: z.string(),
  api: text,
  contextWindow: optionalTokens,
  maxTokens: optionalTokens,
})
/** In place of an entry that is no model; no session names it. */
const NO_MODEL = { id: '', api: null, contextWindow: null, maxTokens: null }

const defaultsSchema = z.object({
  parsed: z.object({
    agents: z.object({
      defaults: z.object({
        thinkingDefault: text,
        compaction: z.object({ reserveTokensFloor: optionalTokens }).optional().catch(undefined),
      }),
    }),
  }),
})

const settingsSchema = z.object({
  agents: z
    .object({
      defaults: z
        .object({ thinkingDefault: z.unknown().optional(), compaction: z.unknown().optional() })
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
  models: z
    .object({
      providers: z
        .record(
          z.string(),
          z.object({ api: z.unknown().optional(), models: z.array(configuredModelSchema.catch(NO_MODEL)) }),
        )
        .catch({}),
    })
    .optional()
    .catch(undefined),
})

/** Of a configuration what counts for contexts and nothing else, least of all a secret; shaped as `config.get` has it. */
export interface ModelSettings {
  parsed: z.infer<typeof settingsSchema>
}

/** Takes from a configuration what {@link knownModels} needs. */
export function modelSettings(document: unknown): ModelSettings {
  const parsed = settingsSchema.safeParse(document)
  return { parsed: parsed.success ? parsed.data : {} }
}

/** What the models and the configuration tell of how contexts are counted. */
export interface KnownModels {
  /** By `provider/model`. */
  models: ReadonlyMap<string, ModelLimits>
  /** How far before the window the configuration asks OpenClaw to compact, where the version heeds it. */
  compactionFloor: number | null
  /** The level of thinking of sessions that name none; rows say it themselves from 2026.5.12 on (run). */
  thinkingDefault: string | null
}

/**
 * What is known of models: the same from a live gateway and from the file of one that is down.
 * @param listed the answer of `models.list`; undefined where nobody answers
 * @param config the answer of `config.get`, or the configuration itself as `{ parsed }`
 * @param gateway its protocol decides where the version is not known
 */
export function knownModels(
  listed: unknown,
  config: unknown,
  gateway: { version: string | null; protocol: 3 | 4 },
): KnownModels {
  const defaults = defaultsSchema.safeParse(config).data?.parsed.agents.defaults
  // Versions that cap a model instead do not heed the floor.
  const heedsFloor = !(hasFeature(gateway.version, 'model-cap') ?? gateway.protocol >= 4)
  return {
    models: modelLimits(listed, config),
    compactionFloor: heedsFloor ? (defaults?.compaction?.reserveTokensFloor ?? null) : null,
    thinkingDefault: defaults?.thinkingDefault ?? null,
  }
}

/**
 * The models that a gateway lists, as `provider/model`.
 * @param agentId for whom; gateways of several agents want to know from 2026.8.1 on, and older ones do not take it
 * @throws OperatorError as {@link NodeLink.rpc}, gateway-protocol
 */
export async function listModels(
  link: Pick<NodeLink, 'rpc' | 'nodeId'>,
  agentId: string,
  limits: CallLimits,
): Promise<string[]> {
  const { payload } = await link.rpc('models.list', {}, limits).catch((error: unknown) => {
    if (!(error instanceof OperatorError) || !asksForAgent(error.detail ?? '')) throw error
    return link.rpc('models.list', { agentId }, limits)
  })
  if (!modelsSchema.safeParse(payload).success)
    throw new OperatorError('gateway-protocol', { node: link.nodeId })
  return [...modelLimits(payload, null).keys()]
}

/** Whether a refusal says that the gateway wants to know for which agent. */
export function asksForAgent(detail: string): boolean {
  return /no explicit owner|set agentId/i.test(detail)
}

/**
 * What is known of every model, by `provider/model`: windows from `models.list`, and for models of the configuration
 * (`config.get`) also the output limit and the wire format, which `models.list` does not tell.
 */
export function modelLimits(models: unknown, config: unknown): Map<string, ModelLimits> {
  const limits = new Map<string, ModelLimits>()
  const listed = modelsSchema.safeParse(models)
  for (const value of listed.success ? listed.data.models : []) {
    const model = modelSchema.safeParse(value)
    if (!model.success) continue
    const { id, provider, contextWindow } = model.data
    limits.set(`${provider}/${id}`, { window: contextWindow, maxTokens: null, api: null })
  }
  const configured = providersSchema.safeParse(config)
  const providers = configured.success ? (configured.data.parsed?.models?.providers ?? {}) : {}
  for (const [providerId, value] of Object.entries(providers)) {
    const provider = providerSchema.safeParse(value)
    for (const entry of provider.success ? provider.data.models : []) {
      const model = configuredModelSchema.safeParse(entry)
      if (!model.success) continue
      const key = `${providerId}/${model.data.id}`
      limits.set(key, {
        window: model.data.contextWindow ?? limits.get(key)?.window ?? null,
        maxTokens: model.data.maxTokens,
        api: model.data.api ?? (provider.success ? provider.data.api : null),
      })
    }
  }
  return limits
}
