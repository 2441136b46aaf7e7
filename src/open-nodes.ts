import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JumpHost, NodeRecord } from '../registry/schema.ts'
import type { Clock } from './base/clock.ts'
import { OperatorError } from './base/errors.ts'
import type { Log } from './base/log.ts'
import type { Redactor } from './base/redact.ts'
import { createNodes } from './openclaw/nodes.ts'
import type { NodesPort } from './openclaw/ports.ts'
import type { Config } from './settings/config.ts'
import { ConfigError } from './settings/config-error.ts'
import { namedKeysOf } from './settings/place-settings.ts'
import { loadKeyAlone, loadSshAuth } from './ssh/keys.ts'
import { type KnownHosts, parseKnownHosts } from './ssh/known-hosts.ts'
import { createSshPool } from './ssh/pool.ts'
import type { SshAuth } from './ssh/ssh.ts'

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
  const keys = await namedKeys(config, parts.ssh)
  const known = await readKnownHosts(config, parts.log)
  const nodesBy = (keyOf: (node: NodeRecord) => string | null) =>
    createNodes({
      pool: createSshPool({
        auth,
        keys,
        clock: parts.clock,
        log: parts.log,
        connectTimeoutMs: config.ssh.connectTimeoutMs,
        parallelConnects: config.ssh.parallelConnects,
      }),
      clock: parts.clock,
      log: parts.log,
      deviceKeyPath: join(config.dataDir, 'device-key.pem'),
      knownHosts: ({ host, sshPort }) => known?.lookup(host, sshPort).keys ?? [],
      jumpOf: parts.jumpOf,
      keyOf,
      onToken: (token, nodeId) => parts.redactor.learn(nodeId, token),
    })
  const { tagKeys, fullKeyPath } = config.ssh
  const everyday = nodesBy(({ tags }) => tagKeys.find(({ tag }) => tags.includes(tag))?.tag ?? null)
  return fullKeyPath === null
    ? everyday
    : withFullKey(
        everyday,
        nodesBy(() => FULL),
      )
}

/** No tag is spelled so. */
const FULL = '*'

/** The keys besides that of every node, by their tags; the one that may do everything by {@link FULL}. */
async function namedKeys(
  { ssh, defaultLocale }: Config,
  need: NodesParts['ssh'],
): Promise<Map<string, SshAuth>> {
  const { agentSocket, keyPassphrase } = ssh
  const loaded = await Promise.all(
    namedKeysOf(ssh).map(async ({ setting, tag, path }): Promise<[string, SshAuth]> => {
      const name = tag ?? FULL
      try {
        return [name, await loadKeyAlone({ path, agentSocket, passphrase: keyPassphrase })]
      } catch (error) {
        if (need === 'optional') return [name, { agentSocket: null, privateKey: null }]
        const why = error instanceof OperatorError ? String(error.params.why) : 'file-unreadable'
        throw new ConfigError([{ name: setting, code: 'key-unusable', params: { why } }], defaultLocale)
      }
    }),
  )
  return new Map(loaded)
}

/** Two ways to the same nodes, closed and forgotten together. */
function withFullKey(everyday: NodesPort, full: NodesPort): NodesPort {
  const both = async (work: (one: NodesPort) => Promise<void>) => {
    await Promise.all([everyday, full].map(work))
  }
  const together = (one: NodesPort): NodesPort => ({
    ...one,
    forget: (nodeId) => both((each) => each.forget(nodeId)),
    withFullKey: () => fullPort,
    close: () => both((each) => each.close()),
  })
  const fullPort = together(full)
  return together(everyday)
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
