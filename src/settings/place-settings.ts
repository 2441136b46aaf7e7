import { homedir } from 'node:os'
import { join } from 'node:path'
import { NODEJS_SOURCE } from '../provision/sources.ts'
import type { Environment } from './environment.ts'
import { type TagKey, tagKeysIn } from './tag-keys.ts'

export const DEFAULT_DATA_DIR = './data'

/** The files and folders that settings name. */
export interface Places {
  dataDir: string
  registryPath: string
  keyPath: string | null
  keyPassphrase: string | null
  /** Certificate of the key; null for the file beside the key, if there is one. */
  certificatePath: string | null
  /** Keys for nodes with a tag in place of that one; the first that fits counts. */
  tagKeys: readonly TagKey[]
  /** The key for what a restricted one is refused; null where every key is a full one. */
  fullKeyPath: string | null
  /** Socket of the SSH agent; null when none is to be used. */
  agentSocket: string | null
  knownHostsPath: string | null
}

/** The places of settings that were given, with `~` and defaults put in. */
export function placesOf(given: Readonly<Record<string, string>>, env: Environment): Places {
  const path = (value: string | undefined) => filePath(value, env)
  const dataDir = path(given.OCM_DATA_DIR) ?? DEFAULT_DATA_DIR
  return {
    dataDir,
    registryPath: path(given.OCM_REGISTRY) ?? join(dataDir, 'registry.json'),
    keyPath: path(given.OCM_SSH_KEY),
    keyPassphrase: given.OCM_SSH_KEY_PASSPHRASE ?? null,
    certificatePath: path(given.OCM_SSH_CERTIFICATE),
    tagKeys: tagKeysIn(given.OCM_SSH_KEYS ?? '').map((one) => ({ ...one, path: path(one.path) ?? one.path })),
    fullKeyPath: path(given.OCM_SSH_FULL_KEY),
    agentSocket: path(agentSocket(given.OCM_SSH_AGENT, env)),
    knownHostsPath: path(given.OCM_KNOWN_HOSTS),
  }
}

/** The path of a file, with `~` put in; null when left out. */
export function filePath(setting: string | undefined, env: Environment): string | null {
  return setting?.replace(/^~(?=\/|$)/, () => env.HOME ?? homedir()) ?? null
}

/** A key that not every login takes. */
export interface NamedKey {
  setting: 'OCM_SSH_KEYS' | 'OCM_SSH_FULL_KEY'
  /** Of the nodes that it is for; null for the one that may do everything. */
  tag: string | null
  path: string
}

/** The keys besides that of every node. */
export function namedKeysOf({ tagKeys, fullKeyPath }: Pick<Places, 'tagKeys' | 'fullKeyPath'>): NamedKey[] {
  const byTag = tagKeys.map((one): NamedKey => ({ setting: 'OCM_SSH_KEYS', ...one }))
  return fullKeyPath === null
    ? byTag
    : [...byTag, { setting: 'OCM_SSH_FULL_KEY', tag: null, path: fullKeyPath }]
}

/** A folder of this machine or an address; nodejs.org when left out. */
export function folderOrAddress(setting: string | undefined, env: Environment): string {
  const home = env.HOME ?? homedir()
  return setting?.replace(/^~(?=\/|$)/, () => home).replace(/\/+$/, '') ?? NODEJS_SOURCE
}

/** As OpenSSH's IdentityAgent: left out or `SSH_AUTH_SOCK` is the agent of the session, `none` is no agent. */
function agentSocket(setting: string | undefined, env: Environment): string | undefined {
  if (setting === 'none') return undefined
  return setting === undefined || setting === 'SSH_AUTH_SOCK' ? env.SSH_AUTH_SOCK || undefined : setting
}
