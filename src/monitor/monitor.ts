import { setImmediate as nextTurn } from 'node:timers/promises'
import { recordAt } from '../../registry/record-at.ts'
import type { NodeRecord, RegistryPort } from '../../registry/schema.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { createLanes } from '../openclaw/lanes.ts'
import type { NodesPort, SnapshotCache } from '../openclaw/ports.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import type { Histories } from './histories.ts'
import { judgeInTurns } from './judge.ts'
import { observeNode } from './observe.ts'
import { PushWatch } from './push-watch.ts'
import { blindSignal, suspectSignal } from './rules/availability.ts'
import type { BackupStanding } from './rules/backup.ts'
import type { Signal } from './signal.ts'
import type { RulesFile } from './thresholds.ts'

/** For each node that begins: what it costs is over before the next begins. */
const START_GAP_MS = 5
/**
 * Of a larger fleet some nodes begin together, at most so many: some milliseconds of work, and what comes of them is read
 * and written together, which costs the bot little more than half of what nodes of their own would.
 */
const NODES_A_START = 8
const LEAST_STARTS = 12
/** A large fleet is started within this share of the time between two sweeps. */
const START_SHARE = 1 / 3
/** So many nodes are reported, or begun to be listened to, in one piece. */
const NODES_AT_ONCE = 100

/** What the monitor takes of the world. */
export interface MonitorContext {
  registry: Pick<RegistryPort, 'list'>
  nodes: Pick<NodesPort, 'link'>
  snapshots: Pick<SnapshotCache, 'get' | 'set'>
  backups: { book: { standing(nodeId: string): BackupStanding } }
  clock: Clock
  log: Log
  limits: { listDeadlineMs: number; parallelNodes: number; refreshIntervalMs: number }
}

/** What the monitor needs besides the world. */
export interface MonitorPorts {
  context: MonitorContext
  histories: Histories
  /** The rules as they stand now. */
  rules(): RulesFile
  /** Whether a node was to be decommissioned while it did not answer. */
  isSuspect?(nodeId: string): boolean
  /** Takes a part of what was seen; resolves when it is on disk. */
  report(input: { kind: 'signals'; signals: readonly Signal[] }): Promise<unknown>
}

/** What one pass did. */
export interface SweepReport {
  nodes: number
  reached: number
  tookMs: number
  blind: boolean
}

/**
 * Looks at every active node: sweep, observe, judge, report. Between sweeps it listens to the gateways that push
 * events and looks sooner where one says that something changed.
 */
export class Monitor {
  private readonly ports: MonitorPorts
  private readonly push: PushWatch

  constructor(ports: MonitorPorts) {
    this.ports = ports
    this.push = new PushWatch({ context: ports.context, look: (nodeId, signal) => this.look(nodeId, signal) })
  }

  /**
   * One pass over all active nodes, each within the list deadline, none waiting for another. Nobody waits for a sweep,
   * so its nodes begin a few at a time and are judged one at a time: a person's command comes in between.
   */
  async sweep(signal: AbortSignal): Promise<SweepReport> {
    const { context } = this.ports
    const started = context.clock.monotonic()
    const now = context.clock.now()
    const nodes = context.registry.list().filter((node) => recordAt(node, now).state === 'active')
    this.push.keepOnly(new Set(nodes.map(({ id }) => id)))
    const snapshots = await this.readAll(nodes, signal)
    signal.throwIfAborted()
    const blind = blindSignal(snapshots, context.clock.now())
    await this.reportAll(nodes, snapshots, blind)
    await this.ports.histories.save()
    for (const [index, node] of nodes.entries()) {
      this.push.follow(node)
      if (index % NODES_AT_ONCE === NODES_AT_ONCE - 1) await nextTurn()
    }
    return {
      nodes: nodes.length,
      reached: snapshots.filter(({ state }) => state !== 'unreachable').length,
      tookMs: Math.round(context.clock.monotonic() - started),
      blind: blind.seen?.level != null,
    }
  }

  /**
   * What explains the most is reported first: the bot itself, then each node, then what is on the nodes, some of them at
   * a time.
   */
  private async reportAll(
    nodes: readonly NodeRecord[],
    snapshots: readonly NodeSnapshot[],
    blind: Signal,
  ): Promise<void> {
    const report = (signals: readonly Signal[]) => this.ports.report({ kind: 'signals', signals })
    const isBlind = blind.seen?.level != null
    const judged: (readonly Signal[])[] = []
    const overflows = new Map<string, ReadonlySet<string>>()
    for (const [index, node] of nodes.entries()) {
      const snapshot = snapshots[index]
      if (snapshot) {
        const overflowed = this.push.overflowsOf(node.id)
        if (overflowed.size > 0) overflows.set(node.id, overflowed)
        judged.push(await this.judge(node, snapshot, overflowed, isBlind))
      }
      await nextTurn()
    }
    const isWhole = ({ topic }: Signal) => topic === 'availability'
    await report([blind, ...judged.flatMap((signals) => signals.filter(isWhole))])
    for (let from = 0; from < judged.length; from += NODES_AT_ONCE) {
      const some = judged.slice(from, from + NODES_AT_ONCE)
      await report(some.flatMap((signals) => signals.filter((signal) => !isWhole(signal))))
      await nextTurn()
    }
    for (const [nodeId, overflowed] of overflows) this.push.keepNoLonger(nodeId, overflowed)
  }

  /** Looks at one node now, outside the rhythm. */
  async look(nodeId: string, signal: AbortSignal): Promise<void> {
    const { clock, registry } = this.ports.context
    const node = registry.list().find(({ id }) => id === nodeId)
    if (!node || recordAt(node, clock.now()).state !== 'active') return
    const snapshot = await this.read(node, signal)
    const overflowed = this.push.overflowsOf(nodeId)
    const signals = await this.judge(node, snapshot, overflowed, false)
    await this.ports.report({ kind: 'signals', signals })
    this.push.keepNoLonger(nodeId, overflowed)
  }

  /** Ends listening; a sweep under way ends by its own signal. */
  async stop(): Promise<void> {
    await this.push.stop()
    await this.ports.histories.save(true)
  }

  private readAll(nodes: readonly NodeRecord[], signal: AbortSignal): Promise<NodeSnapshot[]> {
    const { clock, limits, nodes: ways } = this.ports.context
    const inLane = createLanes(limits.parallelNodes, clock)
    const together = Math.min(NODES_A_START, Math.ceil(nodes.length / LEAST_STARTS))
    const gap = together * Math.min(START_GAP_MS, (limits.refreshIntervalMs * START_SHARE) / nodes.length)
    let turn = Promise.resolve()
    const reads = nodes.map((node, index) => {
      const mine = turn
      if (index % together === together - 1)
        turn = mine.then(() => clock.sleep(gap, signal)).catch(() => undefined)
      return mine.then(() =>
        inLane(
          () => ways.link(node),
          () => this.read(node, signal),
        ),
      )
    })
    return Promise.all(reads)
  }

  private read(node: NodeRecord, signal: AbortSignal): Promise<NodeSnapshot> {
    const { context, histories } = this.ports
    const { listDeadlineMs: deadlineMs } = context.limits
    return observeNode({ ...context, histories }, node, { kind: 'sweep', deadlineMs, signal })
  }

  /** What a look says. A bot that is cut off itself learns nothing from a node that it cannot reach. */
  private async judge(
    { id, tags }: NodeRecord,
    snapshot: NodeSnapshot,
    overflowed: ReadonlySet<string>,
    blind: boolean,
  ): Promise<readonly Signal[]> {
    const { histories } = this.ports
    const { signals } = await judgeInTurns(snapshot, {
      rules: this.ports.rules(),
      tags,
      histories,
      overflowed,
      backup: this.ports.context.backups.book.standing(id),
    })
    const { isSuspect } = this.ports
    const all = isSuspect ? [...signals, suspectSignal(snapshot, isSuspect(id))] : signals
    if (!blind) return all
    return all.map((signal) => (signal.topic === 'availability' ? { ...signal, seen: null } : signal))
  }
}
