import type { EarlierFiles } from '../backup/earlier.ts'
import { agentOwner } from '../backup/layout.ts'
import { listed } from '../backup/manifest.ts'
import { plainTarOf } from '../backup/openclaw-archive.ts'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import type { Reason } from '../base/reading.ts'
import type { BackupEnd, BackupFacts } from '../openclaw/backup/facts.ts'
import type { ConfiguredPlaces } from '../openclaw/backup/places.ts'
import { openBackupStream } from '../openclaw/backup/stream.ts'
import { wasNotRead } from '../openclaw/last-known.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import { type AgentExport, writeExports } from './agent-export.ts'
import { aboutOf } from './backup-about.ts'
import {
  type BackupRow,
  findBackup,
  type Listed,
  lastGood,
  requireRoom,
  type Verification,
} from './backups.ts'
import type { Context } from './context.ts'
import type { Call, Outcome } from './operation.ts'
import type { Retained } from './retain-backups.ts'
import { retainBackups } from './retain-backups.ts'
import { createTransferRate } from './transfer-rate.ts'

/** Steps of a backup as they happen. */
export type BackupStep =
  | { step: 'looking' }
  /** Databases are copied on the node. */
  | { step: 'copying'; bytes: number }
  /** `rate`: bytes a second; null while too little is known. `leftMs` is an estimate, from the sizes the node told. */
  | { step: 'transferring'; bytes: number; total: number; rate: number | null; leftMs: number | null }
  | { step: 'verifying'; bytes: number; total: number }
  | { step: 'verified' }

/** What of a node is not in its backup, or is not sure to be right in it. Names are untrusted. */
export interface BackupGaps {
  /** Databases of OpenClaw that could not be copied. */
  databases: string[]
  /** Databases in workspaces that could not be copied. */
  foreignDatabases: string[]
  unreadable: string[]
  /** Configured places that are not there or hold more than a node's own. */
  missingPlaces: string[]
  /** Why the configuration could not be read, so that places outside the state directory are not known. */
  configuration: Reason | null
}

/** backup-node. */
export interface BackupResult {
  nodeId: string
  backup: BackupRow
  verification: Verification
  gaps: BackupGaps
  /** Files that were written to while they were read: no fault, but their content is of more than one moment. */
  changed: string[]
  /** Pipes, sockets and devices, which no backup can hold. */
  special: number
  /** The node could not remove its copies; the next run will. */
  copiesLeft: boolean
  databases: number
  /** Files that were as they had been and did not come again; their content was read back like all the rest. */
  unchanged: { files: number; bytes: number }
  transferMs: number
  /** Null when nothing older was looked at: it is not done, or the settings keep everything. */
  retained: Retained | null
}

/** A transfer ends by what it does, not by the clock: this only bounds one that trickles for ever. */
const LONGEST_MS = 24 * 3_600_000
const SHOW_EVERY_MS = 500
/** A header and on average half a block of padding. */
const TAR_ENTRY_BYTES = 768

/** What of a node is to be taken. */
export interface Wanted {
  snapshot: NodeSnapshot
  configured: ConfiguredPlaces
  /** What need not come again. */
  earlier: EarlierFiles | null
  /** Only this agent; null takes the whole node. */
  agent: string | null
  /** Null streams the files; else OpenClaw's program, whose `backup create` makes the archive. */
  maker: string | null
  /** What the gateway tells of the agents, meanwhile; null where it was not asked or did not answer. */
  exports: readonly AgentExport[] | null | Promise<readonly AgentExport[] | null>
}

/**
 * Takes a backup of a node, or of one of its agents, reads all of it back and looks after the older ones.
 * @throws OperatorError service-unreadable, backup-torn, backup-impossible, and what the store refuses; then there is none
 */
export async function takeBackup(
  context: Context,
  call: Call<BackupStep>,
  { snapshot, configured, earlier, agent, maker, exports }: Wanted,
): Promise<{ outcome: Outcome; data: BackupResult }> {
  const node = call.node()
  const telling = Promise.resolve(exports)
  const { nodeBinary } = snapshot.install
  // Whoever waits for it below sees its failure; until then it is no unhandled one.
  telling.catch(() => undefined)
  // Without it the Node.js of the PATH would be taken, which may know no databases: the backup would lack them.
  if (wasNotRead(nodeBinary))
    throw new OperatorError('service-unreadable', { node: node.id, reason: nodeBinary.reason.code })
  const owner = agent === null ? node.id : agentOwner(node.id, agent)
  const link = context.nodes.link(node)
  const request = {
    statePath: node.ocPath,
    nodeBinary: nodeBinary.value,
    places: configured.places,
    agent,
    maker,
    earlier: earlier?.marks ?? new Map(),
  }
  const startedAt = context.clock.monotonic()
  const over = new AbortController()
  const signal = AbortSignal.any([call.signal, over.signal])
  try {
    const stream = await openBackupStream(link, request, {
      deadlineMs: LONGEST_MS,
      silenceMs: context.limits.backup.silenceMs,
      clock: context.clock,
      signal,
      onCopied: (kib) => call.progress({ step: 'copying', bytes: kib * 1024 }),
    })
    const { facts } = stream
    await requireRoom(context, node.id, await growthOf(context, owner, facts.bytes + facts.same.bytes))
    let end: BackupEnd | null = null
    const exported = await telling
    const { row: taken, leftOut } = await context.backups.receive(
      owner,
      aboutOf(facts, node, call, snapshot, {
        ...{ agent, earlier },
        method: maker === null ? 'stream' : 'openclaw',
      }),
      maker === null ? stream.tar : plainTarOf(stream.tar, facts.roots),
      {
        signal,
        rateBytes: context.limits.backup.rateBytes,
        told: stream.marked,
        earlier,
        ...(exported === null ? {} : { besides: writeExports(exported) }),
        onProgress: transferShown(context, facts, call),
        ending() {
          end = stream.end()
          if (end === null) throw new OperatorError('backup-torn', { node: node.id })
          return { changed: listed(end.changed), unreadable: listed(end.unreadable) }
        },
      },
    )
    const transferMs = Math.round(context.clock.monotonic() - startedAt)
    const ended = requireEnd(end, node.id)
    const verification = await verified(context, taken, call)
    const gaps = gapsOf(facts, ended, configured, leftOut)
    const outcome = outcomeOf(verification, gaps)
    const backup = await findBackup(context.backups, node.id, taken.id)
    return {
      outcome,
      data: {
        nodeId: node.id,
        backup,
        verification,
        gaps,
        changed: ended.changed,
        special: facts.special.count,
        copiesLeft: ended.copiesLeft,
        databases: facts.databases.length,
        unchanged: facts.same,
        transferMs,
        retained: outcome === 'done' ? await retainBackups(context, owner, call) : null,
      },
    }
  } catch (error) {
    throw explained(error, node.id)
  } finally {
    // Whatever ended it, nobody on the node goes on copying.
    over.abort()
  }
}

async function verified(context: Context, backup: BackupRow, call: Call<BackupStep>): Promise<Verification> {
  const show = thinned(context.clock, (bytes: number) =>
    call.progress({ step: 'verifying', bytes, total: backup.bytes }),
  )
  show(0)
  const work = { signal: call.signal, onProgress: show, trustRecent: true }
  const verification = await context.backups.verify(backup.nodeId, backup.id, work)
  if (verification.sound) call.progress({ step: 'verified' })
  return verification
}

/** Most of a node that was backed up before is here already. */
async function growthOf({ backups }: Context, owner: string, bytes: number): Promise<number> {
  const before = lastGood(await backups.list(owner))
  return before === undefined ? bytes : Math.max(0, bytes - before.bytes)
}

/** Tells how far the archive has come, not more often than anyone can read. */
function transferShown(
  { clock }: Context,
  facts: BackupFacts,
  call: Call<BackupStep>,
): (progress: { bytes: number }) => void {
  const total = Math.max(1, facts.bytes + facts.entries * TAR_ENTRY_BYTES)
  const rate = createTransferRate()
  return thinned(clock, ({ bytes }) => {
    const perSecond = rate.at(bytes, clock.monotonic())
    const left = Math.max(0, total - bytes)
    const leftMs = perSecond === null || perSecond === 0 ? null : Math.round((left / perSecond) * 1_000)
    call.progress({ step: 'transferring', bytes: Math.min(bytes, total), total, rate: perSecond, leftMs })
  })
}

function requireEnd(end: BackupEnd | null, node: string): BackupEnd {
  if (end === null) throw new OperatorError('backup-torn', { node })
  return end
}

/** Calls through at most once in a while, the first time at once. */
function thinned<Value>(clock: Clock, work: (value: Value) => void): (value: Value) => void {
  let last = Number.NEGATIVE_INFINITY
  return (value) => {
    const now = clock.monotonic()
    if (now - last < SHOW_EVERY_MS) return
    last = now
    work(value)
  }
}

function gapsOf(
  facts: BackupFacts,
  end: BackupEnd,
  { problem }: ConfiguredPlaces,
  leftOut: Listed,
): BackupGaps {
  const failed = facts.databases.filter(({ error }) => error !== null)
  // OpenClaw makes a workspace of its own when it is first needed.
  const own = [facts.state, ...facts.roots.filter(({ kind }) => kind === 'state').map(({ path }) => path)]
  const missing = facts.roots.filter(
    ({ kind, path }) =>
      kind === 'refused' || (kind === 'missing' && !own.some((folder) => path.startsWith(`${folder}/`))),
  )
  return {
    databases: failed.filter(({ own }) => own).map(({ path }) => path),
    foreignDatabases: failed.filter(({ own }) => !own).map(({ path }) => path),
    unreadable: [...end.unreadable, ...facts.unread.names, ...facts.unsteady.names, ...leftOut.names],
    missingPlaces: missing.map(({ path }) => path),
    configuration: problem,
  }
}

function outcomeOf(verification: Verification, gaps: BackupGaps): Outcome {
  if (!verification.sound) return 'failed'
  const { databases, foreignDatabases, unreadable, missingPlaces, configuration } = gaps
  const whole = [databases, foreignDatabases, unreadable, missingPlaces].every((list) => list.length === 0)
  return whole && configuration === null ? 'done' : 'partial'
}

/** Nothing was changed anywhere, so silence leaves nothing in doubt here: there is no backup. */
function explained(error: unknown, node: string): unknown {
  const cut = ['deadline', 'connection-lost', 'cancelled']
  if (error instanceof OperatorError && cut.includes(error.code))
    return new OperatorError('backup-torn', { node }, { cause: error })
  return error
}
