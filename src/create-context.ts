import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { findRecord } from '../registry/find-record.ts'
import { jumpOf } from '../registry/jumps.ts'
import { recordAt } from '../registry/record-at.ts'
import { openRegistry } from '../registry/registry.ts'
import type { RegistryPort } from '../registry/schema.ts'
import { type Clock, systemClock } from './base/clock.ts'
import { createEndings } from './base/endings.ts'
import { OperatorError } from './base/errors.ts'
import type { Log } from './base/log.ts'
import { createLog } from './base/log.ts'
import { createRedactor, type Redactor, redactedStart } from './base/redact.ts'
import { runRecords } from './http/run-records.ts'
import { type DeliveriesPort, openDeliveries } from './incidents/deliveries.ts'
import type { Unwatched } from './incidents/incident.ts'
import { type IncidentsPort, openIncidentDesk } from './incidents/incident-desk.ts'
import { formerIncidents } from './incidents/incident-records.ts'
import { defaultIncidentSettings } from './incidents/settings.ts'
import { curves } from './monitor/curve.ts'
import { formerHistories } from './monitor/former-histories.ts'
import { Histories } from './monitor/histories.ts'
import { formerRules, openRules } from './monitor/stored-rules.ts'
import { offsitePlace } from './offsite/place.ts'
import type { NodesParts } from './open-nodes.ts'
import { noNodes } from './openclaw/no-nodes.ts'
import type { NodesPort } from './openclaw/ports.ts'
import {
  formerSnapshots,
  openSnapshotCache,
  snapshots as snapshotRecords,
} from './openclaw/snapshot-cache.ts'
import { openAccessTokens } from './operations/access-tokens.ts'
import { approvalRequests, openApprovals } from './operations/approvals.ts'
import { createAudit } from './operations/audit.ts'
import { auditLines } from './operations/audit-chain.ts'
import { openAuditCopier } from './operations/audit-copy.ts'
import { openBackupBook } from './operations/backup-book.ts'
import { openBoard } from './operations/board-record.ts'
import type { Context } from './operations/context.ts'
import { openDecommissions } from './operations/decommission-journal.ts'
import { chainFormerEntries, formerAudit } from './operations/former-audit.ts'
import { gatherLooks } from './operations/gather-looks.ts'
import { formerJournal, openJournal } from './operations/journal.ts'
import { openRoles, type RolesParts } from './operations/roles.ts'
import { openSignIns } from './operations/sign-ins.ts'
import { createBackups } from './operations/stored-backups.ts'
import type { AlertChannel } from './operations/test-alerts.ts'
import { openPackageRegistry } from './provision/package-registry.ts'
import { openAdditions } from './provision/run-record.ts'
import { openSecrets } from './provision/secrets.ts'
import { openSources } from './provision/sources.ts'
import type { Config } from './settings/config.ts'
import { createNodeLocks } from './state/node-locks.ts'
import { createTranscripts } from './state/transcripts.ts'
import { openSqliteStore } from './store/sqlite-store.ts'
import type { Store } from './store/store.ts'
import { takeOver } from './store/take-over.ts'

/** What a person or a node said is kept up to here in the audit; no more is looked at than can be at once. */
const LONGEST_AUDITED = 8_192

/** A context with what only its owner may use: the curves to write and the end of everything. */
export interface OwnedContext {
  context: Context
  histories: Histories
  /** What each channel has shown of the incidents. */
  deliveries: DeliveriesPort
  /** Everything that moves and must not be lost. */
  store: Store
  redactor: Redactor
  /** Closes connections and files; the reverse of {@link createContext}. */
  close(): Promise<void>
}

/**
 * What a piece of work wants of the nodes. `optional` where they may be reached: an unusable key then only fails what
 * needs it. `none` where they are not: no key is read and nothing of SSH is loaded.
 */
export type SshNeed = 'required' | 'optional' | 'none'

/** What {@link createContext} takes besides the settings. */
interface ContextOptions {
  clock?: Clock
  log?: Log
  /** `required` when left out. */
  ssh?: SshNeed
  /** The settings with those of Discord, where the others were read without. */
  withDiscord?: () => Promise<Config>
  /** Who has which roles; Discord says it when left out. */
  lookUp?: RolesParts['lookUp']
}

/**
 * Builds everything an operation may touch from the settings.
 * @throws OperatorError registry-damaged, registry-newer, state-damaged, data-read-only, data-disk-full, data-newer,
 * key-unusable
 */
export async function createContext(config: Config, options: ContextOptions = {}): Promise<OwnedContext> {
  const clock = options.clock ?? systemClock
  let isNodeId = (_word: string) => false
  const redactor = createRedactor(config.secrets, { isOwnWord: (word) => isNodeId(word) })
  const log = options.log ?? createLog({ level: config.logLevel, redactor })
  const inData = (name: string) => join(config.dataDir, name)
  const opened = createEndings()
  const keep = <T extends { close(): Promise<unknown> }>(resource: T): T => {
    opened.add(() => resource.close())
    return resource
  }
  try {
    const db = keep(
      await openSqliteStore({
        path: inData('ocm.db'),
        log,
        clock,
        collections: [auditLines, runRecords, approvalRequests],
      }),
    )
    // What is only remembered has a file of its own: it moves a lot, and losing it costs nothing but a moment.
    const cache = keep(
      await openSqliteStore({
        path: inData('cache.db'),
        log,
        clock,
        collections: [curves, snapshotRecords],
        durable: false,
      }),
    )
    const files = [
      formerRules(db),
      formerIncidents(db, DISCORD),
      formerHistories(cache),
      formerSnapshots(cache),
      formerAudit(db),
      formerJournal(db),
    ]
    await takeOver({ dataDir: config.dataDir, files, log, now: clock.now() })
    await chainFormerEntries(db, log)
    const registry = keep(await openRegistry({ path: config.registryPath, clock, log }))
    isNodeId = (word) => findRecord(registry.list(), word) !== undefined
    const rules = keep(await openRules(db))
    const histories = new Histories({ store: cache, clock, log })
    const copyTo = config.watch.auditCopy
    const copier =
      copyTo &&
      keep(openAuditCopier({ store: db, target: copyTo, clock, log, lockPath: inData('audit-copy.lock') }))
    const redact = (text: string) =>
      redactedStart(text, LONGEST_AUDITED, (piece) => redactor.redact(piece).text)
    const audit = keep(gatherLooks(createAudit({ store: db, copier, redact }), { clock, log }))
    const journal = await openJournal(db)
    const snapshots = keep(openSnapshotCache({ store: cache, clock, log }))
    const nodes = keep(
      await wayToNodes(config, {
        clock,
        log,
        redactor,
        ssh: options.ssh ?? 'required',
        jumpOf: (node) => jumpOf(node, registry.jumps()),
      }),
    )
    const settings = { ...defaultIncidentSettings, quietHours: config.alerts.quietHours }
    const tagsOf = (nodeId: string) => findRecord(registry.list(), nodeId)?.tags ?? []
    const unwatched = unwatchedIn(registry)
    const deliveries = keep(await openDeliveries(db))
    const { isShown } = deliveries
    const incidents = keep(
      await openIncidentDesk({ store: db, clock, settings, tagsOf, unwatchedAt: unwatched.at, isShown }),
    )
    unwatched.follow(incidents)
    followRetired(registry, (nodeId) => {
      histories.forget(nodeId)
      snapshots.delete(nodeId)
      nodes
        .forget(nodeId)
        .catch((error: unknown) => log.warn({ err: error, node: nodeId }, 'a node is still connected'))
    })
    const backupsIn = { folder: inData('backups'), clock, log }
    // Its first twelve digits are random, and Node makes many at once.
    const newId = () => randomUUID().replace('-', '').slice(0, 12)
    const tokens = keep(await openAccessTokens(db, { clock, newId }))
    const signIns = keep(await openSignIns(db, { clock, newId }))
    const approvals = keep(await openApprovals(db, { clock, newId, people: config.people }))
    const book = keep(await openBackupBook(db, backupsIn))
    const context: Context = {
      registry,
      nodes,
      snapshots,
      clock,
      log,
      audit,
      journal,
      decommissions: keep(await openDecommissions(db)),
      locks: createNodeLocks({ folder: inData('locks') }),
      approvals,
      roles: openRoles({ tokens, clock, log, lookUp: options.lookUp ?? discordRoles(config, options) }),
      incidents,
      rules,
      histories,
      alertChannel: noAlertChannel,
      board: keep(await openBoard(db)),
      backups: createBackups({ ...backupsIn, ...backupParts(config, clock), book }),
      provision: {
        additions: openAdditions(db),
        secrets: openSecrets(inData('secrets'), (value) => redactor.learn('', value)),
        sources: openSources({ source: config.programSource, cache: inData('programs') }),
        registry: config.npmRegistry === null ? null : openPackageRegistry(config.npmRegistry),
      },
      transcripts: createTranscripts({ folder: config.dataDir }),
      limits: config.limits,
      redact: (text) => redactor.redact(text),
      newId,
      tokens,
      signIns,
    }
    return { context, histories, deliveries, store: db, redactor, close: () => opened.run() }
  } catch (error) {
    await opened.run().catch(() => undefined)
    throw error
  }
}

/** The nodes that nobody looks at. Those of incidents that were removed count with the retired ones. */
function unwatchedIn(registry: Pick<RegistryPort, 'list' | 'onChange'>) {
  let removed: readonly string[] = []
  return {
    at: (now: number): Map<string, Unwatched> =>
      new Map(
        registry
          .list()
          .flatMap((node) => {
            const { state } = recordAt(node, now)
            return state === 'active' ? [] : [[node.id, state] as const]
          })
          .concat(removed.map((id) => [id, 'retired'] as const)),
      ),
    /** Looks, now and after each change of the registry, which of them are not in it any more. */
    follow(incidents: Pick<IncidentsPort, 'state'>): void {
      const find = () => {
        const known = new Set(registry.list().map(({ id }) => id))
        const named = incidents.state().incidents.flatMap(({ subject }) => subject.nodeId ?? [])
        removed = [...new Set(named)].filter((id) => !known.has(id))
      }
      find()
      registry.onChange(find)
    },
  }
}

/** Calls back with each node that is no longer in use, whichever process took it out of the registry or retired it. */
function followRetired(
  registry: Pick<RegistryPort, 'list' | 'onChange'>,
  gone: (nodeId: string) => void,
): void {
  const inUse = () => new Set(registry.list().flatMap(({ id, state }) => (state === 'retired' ? [] : [id])))
  let before = inUse()
  registry.onChange(() => {
    const now = inUse()
    for (const id of before) if (!now.has(id)) gone(id)
    before = now
  })
}

/** How backups are kept here, and where copies of them go. */
function backupParts({ offsite, limits }: Config, clock: Clock) {
  const { floorBytes, rateBytes, keep, silenceMs, storeRecipients, identityPath } = limits.backup
  const place = offsite && offsitePlace(offsite, clock, silenceMs)
  return { floorBytes, storeRecipients, identityPath, copies: { place, rateBytes, keep } }
}

/** The channel that incidents are shown in; the only one there was before the store. */
export const DISCORD = 'discord'

/** Until a face that can reach one puts its own in. */
const noAlertChannel: AlertChannel = {
  test: () => Promise.reject(new OperatorError('not-here', { what: 'test-alerts' })),
}

/** The roles of people as Discord has them; nothing of it is loaded before somebody asks. */
function discordRoles(config: Config, { withDiscord }: ContextOptions): RolesParts['lookUp'] {
  let ready: Promise<RolesParts['lookUp']> | null = null
  const open = async () => {
    const { grantsWithoutSession } = await import('./discord/member-grants.ts')
    return grantsWithoutSession(withDiscord ? await withDiscord() : config)
  }
  return async (userId) => {
    ready ??= open()
    const lookUp = await ready
    return lookUp(userId)
  }
}

async function wayToNodes(
  config: Config,
  { ssh, ...parts }: Omit<NodesParts, 'ssh'> & { ssh: SshNeed },
): Promise<NodesPort> {
  if (ssh === 'none') return noNodes
  const { openNodes } = await import('./open-nodes.ts')
  return openNodes(config, { ...parts, ssh })
}
