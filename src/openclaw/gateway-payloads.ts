import { z } from 'zod'
import { redact } from '../base/redact.ts'
import { optionalCount, optionalFlag, optionalText, optionalTokens } from './optional-fields.ts'
import type { ModelLimits } from './sessions.ts'
import type { AgentFacts, ChannelFacts, GatewayFacts } from './snapshot.ts'

const text = optionalText(1024)
const flag = optionalFlag
const count = optionalCount

const agentSchema = z.object({
  id: z.string().min(1).max(128),
  name: text,
  workspace: text,
  model: z
    .union([z.string(), z.object({ primary: z.string() })])
    .optional()
    .catch(undefined),
})
const agentsSchema = z.object({ defaultId: text, agents: z.array(z.unknown()) })

/** Types the answer of `agents.list`; 2026.2.17 gives only the ids. */
export function parseAgents(payload: unknown): { agents: AgentFacts[]; defaultId: string | null } | null {
  const parsed = agentsSchema.safeParse(payload)
  if (!parsed.success) return null
  const { defaultId } = parsed.data
  const agents = parsed.data.agents.flatMap((value) => {
    const agent = agentSchema.safeParse(value)
    if (!agent.success) return []
    const { id, name, workspace, model } = agent.data
    const modelName = typeof model === 'string' ? model : (model?.primary ?? null)
    return [{ id, name, model: modelName, isDefault: id === defaultId, workspace }]
  })
  return { agents, defaultId }
}

const accountSchema = z.object({
  accountId: text,
  enabled: flag,
  configured: flag,
  running: flag,
  connected: flag,
  lastError: text,
})
const channelsSchema = z.object({
  channels: z.record(z.string(), z.unknown()).catch({}),
  channelAccounts: z.record(z.string(), z.array(z.unknown()).catch([])).catch({}),
})

/** Types the answer of `channels.status`: every account of every channel that is not switched off. */
export function parseChannels(payload: unknown): ChannelFacts[] | null {
  const parsed = channelsSchema.safeParse(payload)
  if (!parsed.success) return null
  const { channels, channelAccounts } = parsed.data
  const ids = new Set([...Object.keys(channels), ...Object.keys(channelAccounts)])
  return [...ids].flatMap((id) => {
    const accounts = channelAccounts[id]?.length ? channelAccounts[id] : [channels[id]]
    return accounts.flatMap((value) => {
      const account = accountSchema.safeParse(value)
      if (!account.success) return []
      const { accountId, enabled, configured, running, connected, lastError } = account.data
      if (enabled === false || configured === false) return []
      return [
        {
          id,
          account: accountId ?? 'default',
          running,
          connected,
          error: lastError === null ? null : redact(lastError).text.slice(0, 300),
        },
      ]
    })
  })
}

const healthSchema = z.object({
  ok: z.boolean(),
  plugins: z
    .object({ errors: z.array(z.unknown()).catch([]) })
    .optional()
    .catch(undefined),
  modelRuntime: z.object({ degraded: flag }).optional().catch(undefined),
  eventLoop: z.object({ degraded: flag }).optional().catch(undefined),
})

type Health = GatewayFacts['health'] extends { value: infer Value } ? NonNullable<Value> : never

/** Types the answer of `health`. Issues are codes: `plugin:<id>`, `model-runtime`, `event-loop`. */
export function parseHealth(payload: unknown): Health | null {
  const parsed = healthSchema.safeParse(payload)
  if (!parsed.success) return null
  const { ok, plugins, modelRuntime, eventLoop } = parsed.data
  const issues = (plugins?.errors ?? []).map((error) => {
    const named = z.object({ id: z.string().optional(), plugin: z.string().optional() }).safeParse(error)
    const name =
      typeof error === 'string' ? error : named.success ? (named.data.id ?? named.data.plugin) : undefined
    return `plugin:${(name ?? '?').slice(0, 80)}`
  })
  if (modelRuntime?.degraded === true) issues.push('model-runtime')
  if (eventLoop?.degraded === true) issues.push('event-loop')
  return { ok, issues }
}

const load = z.number().min(0)
const systemSchema = z.object({
  hostname: text,
  pid: count,
  nodeVersion: text,
  cpuCount: count,
  loadAverage: z.tuple([load, load, load]).nullable().catch(null).default(null),
  memoryTotalBytes: count,
  memoryFreeBytes: count,
  diskTotalBytes: count,
  diskAvailableBytes: count,
  diskPath: text,
  uptimeMs: count,
})

/** The answer of `system.info` (2026.7.1 and later). */
export type SystemInfo = z.infer<typeof systemSchema>

/** Types the answer of `system.info`. */
export function parseSystemInfo(payload: unknown): SystemInfo | null {
  const parsed = systemSchema.safeParse(payload)
  return parsed.success ? parsed.data : null
}

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
