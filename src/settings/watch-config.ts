import type { z } from 'zod'
import type { Environment } from './environment.ts'
import { apiUrl, listenAddress } from './forms.ts'

/** What others who watch ocm are given. */
export interface WatchConfig {
  /** Where metrics are served; null: nowhere. */
  metrics: { host: string; port: number } | null
  /** What is asked after each good pass; a secret. Null: nothing. */
  heartbeatUrl: string | null
}

/** The settings of it, to be spread into the others. */
export const watchSettings = {
  OCM_METRICS_LISTEN: listenAddress.optional(),
  OCM_HEARTBEAT_URL: apiUrl.optional(),
} as const

/** Those of them that nobody may see. */
export function watchSecrets(env: Environment): string[] {
  return [env.OCM_HEARTBEAT_URL?.trim() ?? '']
}

type WatchSettings = z.infer<z.ZodObject<typeof watchSettings>>

export function watchConfig(settings: WatchSettings): WatchConfig {
  return {
    metrics: settings.OCM_METRICS_LISTEN ?? null,
    heartbeatUrl: settings.OCM_HEARTBEAT_URL ?? null,
  }
}
