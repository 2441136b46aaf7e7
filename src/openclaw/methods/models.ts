import { z } from 'zod'
import { optionalText, optionalTokens } from '../optional-fields.ts'
import type { ModelLimits } from '../sessions.ts'

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

const flooredSchema = z.object({
  parsed: z.object({
    agents: z.object({
      defaults: z.object({ compaction: z.object({ reserveTokensFloor: optionalTokens }) }),
    }),
  }),
})

/**
 * How far before the window the configuration (`config.get`) asks OpenClaw to compact; null when it does not. Versions
 * that cap a model instead do not heed it.
 */
export function compactionFloor(config: unknown): number | null {
  return flooredSchema.safeParse(config).data?.parsed.agents.defaults.compaction.reserveTokensFloor ?? null
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
