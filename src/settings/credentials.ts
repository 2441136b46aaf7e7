import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from './environment.ts'

/** Settings whose value a credential holds. */
const VALUES = [
  'DISCORD_TOKEN',
  'OCM_SSH_KEY_PASSPHRASE',
  'OCM_HEARTBEAT_URL',
  'OCM_DISCORD_CLIENT_SECRET',
  'OCM_OFFSITE_KEY_ID',
  'OCM_OFFSITE_SECRET',
] as const
/** Settings that name a file: the credential is that file. */
const FILES = ['OCM_SSH_KEY', 'OCM_KNOWN_HOSTS'] as const

/** Every setting that can be handed over as a credential of the same name. */
export const CREDENTIALS: readonly string[] = [...VALUES, ...FILES]

/**
 * The settings that a service manager hands over as files of which nobody else can read one, instead of in the environment.
 * Source: systemd.exec(5), "LoadCredential=" and `$CREDENTIALS_DIRECTORY`. A file that cannot be read counts as none.
 */
export function credentialSettings(env: Environment): Environment {
  const folder = env.CREDENTIALS_DIRECTORY
  if (folder === undefined || folder === '') return {}
  const found: Record<string, string> = {}
  for (const name of VALUES) {
    const value = textOf(join(folder, name))
    if (value !== '') found[name] = value
  }
  for (const name of FILES) if (existsSync(join(folder, name))) found[name] = join(folder, name)
  return found
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}
