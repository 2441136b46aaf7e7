import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JumpHost, NodeRecord } from '../registry/schema.ts'
import type { Clock } from './base/clock.ts'
import type { Log } from './base/log.ts'
import type { Redactor } from './base/redact.ts'
import { createNodes } from './openclaw/nodes.ts'
import type { NodesPort } from './openclaw/ports.ts'
import type { Config } from './settings/config.ts'
import { ConfigError } from './settings/config-error.ts'
import { loadSshAuth } from './ssh/keys.ts'
import { type KnownHosts, parseKnownHosts } from './ssh/known-hosts.ts'
import { createSshPool } from './ssh/pool.ts'

/** What the way to the nodes needs besides the settings. */
export interface NodesParts {
  clock: Clock
  log: Log
  redactor: Redactor
  /** With `optional` and an unusable key every login fails with the reason, and nothing else does. */
  ssh: 'required' | 'optional'
  /** The jump host of a node as the registry now has it. */
  jumpOf(node: NodeRecord): JumpHost | null
}

/**
 * The way to the nodes, from the settings; nothing is connected yet.
 * @throws OperatorError key-unusable; ConfigError
 */
export async function openNodes(config: Config, parts: NodesParts): Promise<NodesPort> {
  const { keyPath, keyPassphrase, certificatePath, agentSocket } = config.ssh
  const loading = loadSshAuth({
    agentSocket,
    keyFile: keyPath,
    passphrase: keyPassphrase,
    certificateFile: certificatePath,
  })
  const auth =
    parts.ssh === 'required' ? await loading : await loading.catch(() => ({ agentSocket, privateKey: null }))
  const known = await readKnownHosts(config, parts.log)
  const pool = createSshPool({
    auth,
    clock: parts.clock,
    log: parts.log,
    connectTimeoutMs: config.ssh.connectTimeoutMs,
    parallelConnects: config.ssh.parallelConnects,
  })
  return createNodes({
    pool,
    clock: parts.clock,
    log: parts.log,
    deviceKeyPath: join(config.dataDir, 'device-key.pem'),
    knownHosts: ({ host, sshPort }) => known?.lookup(host, sshPort).keys ?? [],
    jumpOf: parts.jumpOf,
    onToken: (token, nodeId) => parts.redactor.learn(nodeId, token),
  })
}

async function readKnownHosts({ ssh, defaultLocale }: Config, log: Log): Promise<KnownHosts | null> {
  if (ssh.knownHostsPath === null) return null
  const text = await readFile(ssh.knownHostsPath, 'utf8').catch(() => {
    throw new ConfigError([{ name: 'OCM_KNOWN_HOSTS', code: 'file-unreadable', params: {} }], defaultLocale)
  })
  const known = parseKnownHosts(text)
  if (known.unreadable.length > 0)
    log.warn({ lines: known.unreadable.slice(0, 20) }, 'known_hosts has unreadable lines')
  return known
}
