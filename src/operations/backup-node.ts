import { z } from 'zod'
import { type NodeRecord, nodeIdSchema } from '../../registry/schema.ts'
import { type BackupAbout, listed, MOST_SESSION_IDS } from '../backup/manifest.ts'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import type { Reason } from '../base/reading.ts'
import type { BackupEnd, BackupFacts } from '../openclaw/backup/facts.ts'
import { type ConfiguredPlaces, readPlaces } from '../openclaw/backup/places.ts'
import { openBackupStream } from '../openclaw/backup/stream.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import {
  type BackupRow,
  findBackup,
  type Listed,
  lastGood,
  requireRoom,
  type Verification,
} from './backups.ts'
import type { Context } from './context.ts'
import { lookReached } from './look-reached.ts'
import { hostKeysOf } from './node-binding.ts'
import { type Call, defineOperation, type Outcome } from './operation.ts'
import { type Retained, retainBackups } from './retain-backups.ts'
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

const inputSchema = z.strictObject({ node: nodeIdSchema })

/** A transfer ends by what it does, not by the clock: this only bounds one that trickles for ever. */
const LONGEST_MS = 24 * 3_600_000
const SHOW_EVERY_MS = 500
/** A header and on average half a block of padding. */
const TAR_ENTRY_BYTES = 768

/**
 * Copies configuration and data of a node to this machine and is done only when all of it was read back and every
 * database opened. Nothing is changed on the node, and no copy stays there.
 */
export const backupNode = defineOperation<z.infer<typeof inputSchema>, BackupResult, BackupStep>({
  name: 'backup-node',
  access: 'operator',
  effect: 'change',
  input: inputSchema,
  nodeOf: (input) => input.node,
  allowRetired: true,
  async run(context, _input, call) {
    const node = call.node()
    await requireRoom(context, node.id, 0)
    call.progress({ step: 'looking' })
    const { statusDeadlineMs: deadlineMs } = context.limits
    const bounds = { deadlineMs, signal: call.signal }
    const link = context.nodes.link(node)
    // None of these three needs another; what the look fails with is told first.
    const reading = Promise.all([readPlaces(link, node.ocPath, bounds), context.backups.earlier(node.id)])
    reading.catch(() => undefined)
    const snapshot = await lookReached(context, node, call.signal)
    const [configured, earlier] = await reading
    const request = {
      statePath: node.ocPath,
      nodeBinary: snapshot.install.nodeBinary.value,
      places: configured.places,
      earlier: earlier?.marks.keys() ?? [],
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
      await requireRoom(context, node.id, await growthOf(context, node.id, facts.bytes + facts.same.bytes))
      let end: BackupEnd | null = null
      const { row: taken, leftOut } = await context.backups.receive(
        node.id,
        aboutOf(facts, node, call, snapshot),
        stream.tar,
        {
          signal,
          rateBytes: context.limits.backup.rateBytes,
          told: stream.marked,
          earlier,
          onProgress: transferShown(context, facts, call),
          ending() {
            end = stream.end()
            if (end === null) throw new OperatorError('backup-torn', { node: node.id })
            return { changed: listed(end.changed), unreadable: listed(end.unreadable) }
          },
        },
      )
      const transferMs = Math.round(context.clock.monotonic() - startedAt)
      const told = requireEnd(end, node.id)
      const verification = await verified(context, taken, call)
      const gaps = gapsOf(facts, told, configured, leftOut)
      const outcome = outcomeOf(verification, gaps)
      const backup = await findBackup(context.backups, node.id, taken.id)
      return {
        outcome,
        data: {
          nodeId: node.id,
          backup,
          verification,
          gaps,
          changed: told.changed,
          special: facts.special.count,
          copiesLeft: told.copiesLeft,
          databases: facts.databases.length,
          unchanged: facts.same,
          transferMs,
          retained: outcome === 'done' ? await retainBackups(context, node.id, call) : null,
        },
      }
    } catch (error) {
      throw explained(error, node.id, call.signal)
    } finally {
      // Whatever ended it, nobody on the node goes on copying.
      over.abort()
    }
  },
})

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
async function growthOf({ backups }: Context, nodeId: string, bytes: number): Promise<number> {
  const before = lastGood(await backups.list(nodeId))
  return before === undefined ? bytes : Math.max(0, bytes - before.bytes)
}

function aboutOf(
  facts: BackupFacts,
  node: NodeRecord,
  { operationId, actor }: Pick<Call<never>, 'operationId' | 'actor'>,
  snapshot: NodeSnapshot,
): BackupAbout {
  const { home, state, nodeVersion, platform, special, gone, unsteady, unread } = facts
  return {
    method: 'stream',
    reason: actor.face === 'monitor' ? 'scheduled' : 'asked',
    operationId,
    openclawVersion: snapshot.install.version.value,
    nodeVersion,
    platform,
    machine: { ...facts.machine, hostKeys: hostKeysOf(node) },
    home,
    state,
    roots: facts.roots.filter(({ kind }) => kind !== 'missing' && kind !== 'refused'),
    databases: facts.databases.map(({ path, own, userVersion, agentId, error }) => ({
      path,
      own,
      userVersion,
      agentId,
      error,
    })),
    agents: agentsOf(snapshot),
    notTaken: { special, gone, unsteady, unread },
  }
}

function agentsOf({ agents, sessions }: NodeSnapshot): BackupAbout['agents'] {
  if (agents.value === null) return null
  const held = sessions.value
  return agents.value.map(({ id }) => {
    const own = held?.filter(({ agentId }) => agentId === id) ?? null
    const ids = own?.flatMap(({ sessionId }) => (sessionId === null ? [] : [sessionId])) ?? []
    const whole = own !== null && ids.length === own.length && ids.length <= MOST_SESSION_IDS
    return {
      id,
      workspace: null,
      sessions: own?.length ?? null,
      ...(whole && ids.every((one) => one.length <= 200) ? { sessionIds: ids } : {}),
    }
  })
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
  const own = facts.roots.filter(({ kind }) => kind === 'state').map(({ path }) => `${path}/`)
  const missing = facts.roots.filter(
    ({ kind, path }) =>
      kind === 'refused' || (kind === 'missing' && !own.some((folder) => path.startsWith(folder))),
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
function explained(error: unknown, node: string, signal: AbortSignal): unknown {
  if (signal.aborted) return new OperatorError('backup-stopped', { node }, { cause: error })
  const cut = ['deadline', 'connection-lost', 'cancelled']
  if (error instanceof OperatorError && cut.includes(error.code))
    return new OperatorError('backup-torn', { node }, { cause: error })
  return error
}
