import type { z } from 'zod'
import type { CopyTarget } from '../operations/audit-copy.ts'
import type { Environment } from './environment.ts'
import { apiUrl, fileOrAddress, listenAddress } from './forms.ts'

/** What others who watch ocm are given. */
export interface WatchConfig {
  /** Where metrics are served; null: nowhere. */
  metrics: { host: string; port: number } | null
  /** What is asked after each good pass; a secret. Null: nothing. */
  heartbeatUrl: string | null
  /** Where a copy of the audit is kept; an address is a secret. Null: nowhere. */
  auditCopy: CopyTarget | null
}

/** The settings of it, to be spread into the others. */
export const watchSettings = {
  OCM_METRICS_LISTEN: listenAddress.optional(),
  OCM_HEARTBEAT_URL: apiUrl.optional(),
  OCM_AUDIT_COPY: fileOrAddress.optional(),
} as const

/** Those of them that nobody may see. */
export function watchSecrets(env: Environment): string[] {
  const copy = env.OCM_AUDIT_COPY?.trim() ?? ''
  return [env.OCM_HEARTBEAT_URL?.trim() ?? '', copy.startsWith('/') ? '' : copy]
}

type WatchSettings = z.infer<z.ZodObject<typeof watchSettings>>

export function watchConfig(settings: WatchSettings): WatchConfig {
  return {
    metrics: settings.OCM_METRICS_LISTEN ?? null,
    heartbeatUrl: settings.OCM_HEARTBEAT_URL ?? null,
    auditCopy: settings.OCM_AUDIT_COPY ?? null,
  }
}
