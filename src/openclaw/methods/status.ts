import { z } from 'zod'
import { OperatorError } from '../../base/errors.ts'
import { redactedStart } from '../../base/redact.ts'
import type { CallLimits } from '../../ssh/call.ts'
import { optionalCount, optionalFlag, optionalText } from '../optional-fields.ts'
import type { NodeLink } from '../ports.ts'
import type { ChannelFacts, GatewayFacts } from '../snapshot.ts'

const text = optionalText(1024)
const flag = optionalFlag
const count = optionalCount

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
          error: lastError === null ? null : redactedStart(lastError, 300),
        },
      ]
    })
  })
}

/** The channels that the gateway runs. @throws OperatorError as {@link NodeLink.rpc}, gateway-protocol */
export async function readChannels(
  link: Pick<NodeLink, 'rpc' | 'nodeId'>,
  limits: CallLimits,
): Promise<ChannelFacts[]> {
  const channels = parseChannels((await link.rpc('channels.status', {}, limits)).payload)
  if (channels === null) throw new OperatorError('gateway-protocol', { node: link.nodeId })
  return channels
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
  uptimeMs: count,
})

/** The answer of `system.info` (2026.7.1 and later). */
export type SystemInfo = z.infer<typeof systemSchema>

/** Types the answer of `system.info`. */
export function parseSystemInfo(payload: unknown): SystemInfo | null {
  const parsed = systemSchema.safeParse(payload)
  return parsed.success ? parsed.data : null
}
