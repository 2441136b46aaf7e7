import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { recordAt } from '../registry/record-at.ts'
import { openRegistry } from '../registry/registry.ts'
import { type Clock, systemClock } from './base/clock.ts'
import { createEndings } from './base/endings.ts'
import { OperatorError } from './base/errors.ts'
import type { Log } from './base/log.ts'
import { createLog } from './base/log.ts'
import { createRedactor, type Redactor } from './base/redact.ts'
import { emptyIncidentState, incidentStateSchema } from './incidents/incident.ts'
import { createIncidentDesk } from './incidents/incident-desk.ts'
import { defaultIncidentSettings } from './incidents/settings.ts'
import { Histories, historiesSchema } from './monitor/histories.ts'
import { rulesFileSchema } from './monitor/thresholds.ts'
import { createNodes } from './openclaw/nodes.ts'
import { openSnapshotCache } from './openclaw/snapshot-cache.ts'
import type { Context } from './operations/context.ts'
import type { Config } from './settings/config.ts'
import { loadSshAuth } from './ssh/keys.ts'
import { type KnownHosts, parseKnownHosts } from './ssh/known-hosts.ts'
import { createSshPool } from './ssh/pool.ts'
import { openAuditFile } from './state/audit-file.ts'
import { openJournal } from './state/journal-file.ts'
import { createNodeLocks } from './state/node-locks.ts'
import { openSharedStore } from './state/shared-store.ts'
import { createTranscripts } from './state/transcripts.ts'

/** A context with what only its owner may use: the curves to write and the end of everything. */
export interface OwnedContext {
  context: Context
  histories: Histories
  redactor: Redactor
  /** Closes connections and files; the reverse of {@link createContext}. */
  close(): Promise<void>
}

/**
 * Builds everything an operation may touch from the settings.
 * @param options.ssh `optional` for work that reaches no node: an unusable key then only fails what needs it
 * @throws OperatorError registry-damaged, registry-newer, state-damaged, key-unusable
 */
export async function createContext(
  config: Config,
  options: { clock?: Clock; log?: Log; ssh?: 'required' | 'optional' } = {},
): Promise<OwnedContext> {
  const clock = options.clock ?? systemClock
  const redactor = createRedactor(config.secrets)
  const log = options.log ?? createLog({ level: config.logLevel, redactor })
  const inData = (name: string) => join(config.dataDir, name)
  const opened = createEndings()
  const keep = <T extends { close(): Promise<unknown> }>(resource: T): T => {
    opened.add(() => resource.close())
    return resource
  }
  try {
    const registry = keep(await openRegistry({ path: config.registryPath, clock, log }))
    const store = <T>(name: string, schema: Parameters<typeof openSharedStore<T>>[0]['schema'], empty: T) =>
      openSharedStore({ path: inData(name), schema, empty }).then(keep)
    const incidents = await store('incidents.json', incidentStateSchema, emptyIncidentState())
    const rules = await store('rules.json', rulesFileSchema, { version: 1, overrides: [] })
    const curves = await store('histories.json', historiesSchema, { version: 1, nodes: {} })
    const histories = new Histories({ store: curves, clock })
    const audit = keep(
      await openAuditFile({ path: inData('audit.jsonl'), redact: (text) => redactor.redact(text).text }),
    )
    const journal = await openJournal({ folder: inData('jobs') })
    const snapshots = keep(await openSnapshotCache({ path: inData('snapshots.jsonl'), clock, log }))
    const nodes = keep(await openNodes(config, { clock, log, redactor, ssh: options.ssh ?? 'required' }))
    const settings = { ...defaultIncidentSettings, quietHours: config.alerts.quietHours }
    const tagsOf = (nodeId: string) => registry.list().find(({ id }) => id === nodeId)?.tags ?? []
    const unwatchedAt = (now: number) =>
      new Map(
        registry.list().flatMap((node) => {
          const { state } = recordAt(node, now)
          return state === 'active' ? [] : [[node.id, state] as const]
        }),
      )
    const context: Context = {
      registry,
      nodes,
      snapshots,
      clock,
      log,
      audit,
      journal,
      locks: createNodeLocks({ folder: inData('locks') }),
      incidents: createIncidentDesk({ store: incidents, clock, settings, tagsOf, unwatchedAt }),
      rules,
      histories,
      transcripts: createTranscripts({ folder: config.dataDir }),
      limits: config.limits,
      redact: (text) => redactor.redact(text),
      newId: () => randomBytes(6).toString('hex'),
    }
    return { context, histories, redactor, close: () => opened.run() }
  } catch (error) {
    await opened.run().catch(() => undefined)
    throw error
  }
}

async function openNodes(
  config: Config,
  parts: { clock: Clock; log: Log; redactor: Redactor; ssh: 'required' | 'optional' },
) {
  const { keyPath, keyPassphrase, agentSocket, knownHostsPath } = config.ssh
  const loading = loadSshAuth({ agentSocket, keyFile: keyPath, passphrase: keyPassphrase })
  // Without a key every login fails with the reason; nothing else does.
  const auth =
    parts.ssh === 'required' ? await loading : await loading.catch(() => ({ agentSocket, privateKey: null }))
  const known = await readKnownHosts(knownHostsPath, parts.log)
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
    onToken: (token) => parts.redactor.add(token),
  })
}

async function readKnownHosts(path: string | null, log: Log): Promise<KnownHosts | null> {
  if (path === null) return null
  try {
    const known = parseKnownHosts(await readFile(path, 'utf8'))
    if (known.unreadable.length > 0)
      log.warn({ lines: known.unreadable.slice(0, 20) }, 'known_hosts has unreadable lines')
    return known
  } catch (error) {
    throw new OperatorError(
      'config-invalid',
      { count: 1 },
      { cause: error, detail: 'OCM_KNOWN_HOSTS: the file cannot be read. Check the path, or leave it out.' },
    )
  }
}
