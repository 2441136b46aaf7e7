import type { z } from 'zod'
import type { ConfigProblem } from './config-error.ts'
import type { Environment } from './environment.ts'
import { choice, matching, pageAddress } from './forms.ts'

/** Where copies of backups go, away from this machine. */
export interface OffsiteConfig {
  bucket: string
  /** Folder in the bucket, without slashes at its ends; empty is the bucket itself. */
  prefix: string
  region: string
  /** `https://…`, without a path. */
  endpoint: string
  /** Whether the bucket stands in the path of an address and not in the name of the host. */
  pathStyle: boolean
  accessKeyId: string
  /** Both are secrets. */
  secretAccessKey: string
}

const PREFIX = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}){0,9}$/

/** The settings of it, to be spread into the others. Without a bucket there is none. */
export const offsiteSettings = {
  OCM_OFFSITE_BUCKET: matching(/^[a-zA-Z0-9][a-zA-Z0-9._-]{1,61}[a-zA-Z0-9]$/, 'not-a-bucket').optional(),
  OCM_OFFSITE_PREFIX: matching(PREFIX, 'not-a-prefix').default('ocm'),
  OCM_OFFSITE_REGION: matching(/^[a-zA-Z0-9-]{1,60}$/, 'not-a-region').default('us-east-1'),
  OCM_OFFSITE_ENDPOINT: pageAddress.optional(),
  OCM_OFFSITE_PATH_STYLE: choice(['auto', 'yes', 'no']).default('auto'),
  OCM_OFFSITE_KEY_ID: matching(/^\S{1,200}$/, 'not-a-key').optional(),
  OCM_OFFSITE_SECRET: matching(/^\S{1,200}$/, 'not-a-key').optional(),
} as const

type OffsiteSettings = z.infer<z.ZodObject<typeof offsiteSettings>>

/** Those of them that nobody may see. */
export function offsiteSecrets(env: Environment): string[] {
  return [env.OCM_OFFSITE_KEY_ID?.trim() ?? '', env.OCM_OFFSITE_SECRET?.trim() ?? '']
}

/** What is missing beside a bucket. */
export function offsiteProblems(settings: OffsiteSettings): ConfigProblem[] {
  if (settings.OCM_OFFSITE_BUCKET === undefined) return []
  return (['OCM_OFFSITE_KEY_ID', 'OCM_OFFSITE_SECRET'] as const)
    .filter((name) => settings[name] === undefined)
    .map((name) => ({ name, code: 'offsite-key-unset', params: {} }))
}

/** Null: no copies are made. */
export function offsiteConfig(settings: OffsiteSettings): OffsiteConfig | null {
  const {
    OCM_OFFSITE_BUCKET: bucket,
    OCM_OFFSITE_KEY_ID: accessKeyId,
    OCM_OFFSITE_SECRET: secretAccessKey,
    OCM_OFFSITE_REGION: region,
    OCM_OFFSITE_ENDPOINT: endpoint,
    OCM_OFFSITE_PATH_STYLE: style,
  } = settings
  if (bucket === undefined || accessKeyId === undefined || secretAccessKey === undefined) return null
  return {
    bucket,
    prefix: settings.OCM_OFFSITE_PREFIX,
    region,
    // docs.aws.amazon.com/general/latest/gr/s3.html
    endpoint: endpoint ?? `https://s3.${region}.amazonaws.com`,
    // A name with a dot fits no certificate of a host below the endpoint.
    pathStyle: style === 'auto' ? endpoint !== undefined || bucket.includes('.') : style === 'yes',
    accessKeyId,
    secretAccessKey,
  }
}
