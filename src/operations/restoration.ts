import { randomBytes } from 'node:crypto'
import { basename, dirname, join } from 'node:path/posix'
import { Readable } from 'node:stream'
import type { Entry, FileEntry } from '../backup/manifest.ts'
import type { PutFile } from '../backup/restore-tar.ts'
import { compactTime } from '../base/compact-time.ts'
import { OperatorError } from '../base/errors.ts'
import { observeNode } from '../monitor/observe.ts'
import {
  type Cleaned,
  type ExpectedEntry,
  type RestorePlace,
  type RestoreSide,
  restoreSide,
  type Told,
} from '../openclaw/restore/node-side.ts'
import type { Restarted } from './await-restarted.ts'
import type { Context } from './context.ts'
import type { Call } from './operation.ts'
import type { ReplaceStep } from './replace-state.ts'
import type { Moved } from './restore-move.ts'
import { isOf } from './restore-refusal.ts'
import { type StoppedUnit, startStopped } from './start-stopped.ts'
import { persist, stopGateway } from './stopped-gateway.ts'

/** A look, a rename: what takes no time on a healthy node. */
const SHORT_MS = 60_000
/** A transfer ends by what it does, not by the clock: this only bounds one that trickles for ever. */
const LONGEST_MS = 24 * 3_600_000
const RETRY_MS = 1_000
const SHOW_EVERY_MS = 500

/** What is to be put in the place of what. */
export interface Replacement extends StoppedUnit {
  nodeId: string
  backup: string
  /** Content of what is brought. */
  bytes: number
  /** Folders of earlier runs that did not end. */
  leftovers: readonly { folder: string; told: Told }[]
  /** Where the journal of this run lies on the node; see {@link newRun}. */
  folder: string
  places: readonly RestorePlace[]
  /** Folders of which nobody may have a database open once the gateway is stopped. */
  quiet: readonly string[]
  /** Where it is a backup of another node: absent or null where it is of this one. */
  moved?: Moved | null
}

/** The name of a new run: of its folder, beside the state directory, and of what it puts aside. */
export function newRun(state: string, now: number): { time: string; name: string; folder: string } {
  const time = compactTime(now)
  const name = `.ocm-restore.${time}-${randomBytes(3).toString('hex')}`
  return { time, name, folder: join(dirname(state), name) }
}

/** The places of a whole node: each is put aside beside itself. */
export function placesBeside(
  run: { time: string; name: string; folder: string },
  seen: readonly { real: string; present: boolean }[],
  origins: ReadonlyMap<string, string> = new Map(),
): RestorePlace[] {
  const originOf = (real: string) => {
    const origin = origins.get(real)
    return origin === undefined ? {} : { origin }
  }
  return seen.map(({ real, present }, index) => ({
    real,
    ...originOf(real),
    staged: join(
      dirname(real),
      dirname(real) === dirname(run.folder) ? run.name : `${run.name}-${index}`,
      basename(real),
    ),
    aside: present ? `${real}.before-restore-${run.time}` : null,
    kept: `${real}.after-restore-${run.time}`,
  }))
}

/** One restore on one node: the steps there, each of which may be repeated. */
export class Restoration {
  readonly places: readonly RestorePlace[]
  readonly folder: string
  readonly side: RestoreSide
  readonly #context: Context
  readonly #call: Call<ReplaceStep>
  readonly #job: Replacement

  constructor(context: Context, call: Call<ReplaceStep>, job: Replacement) {
    this.#context = context
    this.#call = call
    this.#job = job
    this.folder = job.folder
    this.places = job.places
    this.side = this.#sideOf(this.folder)
  }

  #sideOf(folder: string): RestoreSide {
    const nodeBinary = this.#job.snapshot.install.nodeBinary.value
    return restoreSide(this.#job.link, { folder, nodeBinary })
  }

  /**
   * Ends what earlier runs left, and tells what stays of it. One that was cut between two renames goes back, once its
   * gateway is proven to be stopped, and the gateway is started.
   * @throws OperatorError restore-settled {node}: the plan was made for a node in pieces; restore-unsettled {node}
   */
  async settle(): Promise<Cleaned['kept']> {
    const { leftovers, nodeId: node } = this.#job
    const cut = leftovers.some(({ told }) => told === 'between')
    const kept: Cleaned['kept'] = []
    try {
      if (cut) await this.stop()
      for (const { folder, told } of leftovers) {
        const side = this.#sideOf(folder)
        const limits = { deadlineMs: SHORT_MS, ...(cut ? {} : { signal: this.#call.signal }) }
        if (told === 'between') await this.persist(() => side.back(limits))
        kept.push(...(await this.persist(() => side.clean(limits))).kept)
      }
      if (!cut) return kept
      await this.start()
    } catch (error) {
      if (!cut) throw error
      const detail = leftovers.map(({ folder }) => folder).join('\n')
      throw new OperatorError('restore-unsettled', { node }, { cause: error, detail })
    }
    const detail = kept.map(({ path }) => path).join('\n')
    throw new OperatorError('restore-settled', { node }, detail === '' ? {} : { detail })
  }

  /**
   * Brings the backup beside what it is to replace, and is satisfied only when the node has read every file of it again.
   * @throws OperatorError restore-torn {node}, backup-damaged, and what the link throws; the node's state is as it was
   */
  async stage(): Promise<void> {
    const { backup, bytes: total } = this.#job
    const { signal } = this.#call
    await this.side.stage({ backup, places: this.places }, { deadlineMs: SHORT_MS, signal })
    let before = 0
    for (const place of this.places) {
      const put = this.#putOf(place)
      const tar = await this.#context.backups.tarOf(
        this.#owner(),
        backup,
        (entry) => this.#isBrought(entry, place),
        put,
      )
      const over = new AbortController()
      const limits = { deadlineMs: LONGEST_MS, signal: AbortSignal.any([signal, over.signal]) }
      const counted = this.#counted(tar, over, (bytes) =>
        this.#call.progress({ step: 'staging', bytes: Math.min(total, before + bytes), total }),
      )
      try {
        await this.side.unpack(place, counted, limits)
        this.#call.progress({ step: 'checking-staged' })
        before += await this.#check(place)
      } finally {
        over.abort()
      }
    }
  }

  /** Counts what the node takes, and ends a transfer of which it takes nothing any more. */
  #counted(tar: AsyncIterable<Buffer>, over: AbortController, show: (bytes: number) => void) {
    const { clock, limits } = this.#context
    let bytes = 0
    let movedAt = clock.monotonic()
    const watch = async () => {
      while (!over.signal.aborted) {
        if (clock.monotonic() - movedAt > limits.backup.silenceMs) return over.abort('silence')
        await clock.sleep(RETRY_MS, over.signal).catch(() => undefined)
      }
    }
    watch().catch(() => undefined)
    let shownAt = Number.NEGATIVE_INFINITY
    const counted = async function* () {
      for await (const chunk of tar) {
        bytes += chunk.length
        movedAt = clock.monotonic()
        if (movedAt - shownAt >= SHOW_EVERY_MS) {
          shownAt = movedAt
          show(bytes)
        }
        yield chunk
      }
      // What remains is up to the node: it may have to write for a while.
      movedAt = Number.POSITIVE_INFINITY
    }
    return Readable.from(counted(), { objectMode: false })
  }

  /** Whose backup it is. */
  #owner(): string {
    return this.#job.moved?.source.id ?? this.#job.nodeId
  }

  /** What comes to a place and is not as in the backup. */
  #putOf(place: RestorePlace): readonly PutFile[] {
    return (this.#job.moved?.put ?? []).filter((file) => isOf(file, place.origin ?? place.real))
  }

  #isBrought(entry: Entry, place: RestorePlace): boolean {
    const { put = [], dropped = [] } = this.#job.moved ?? {}
    if (!isOf(entry, place.origin ?? place.real)) return false
    return !dropped.includes(entry.path) && !put.some(({ path }) => path === entry.path)
  }

  async #check(place: RestorePlace): Promise<number> {
    const { nodeId, backup } = this.#job
    const { backups } = this.#context
    let expected = 0
    let bytes = 0
    const origin = place.origin ?? place.real
    const [owner, put] = [this.#owner(), this.#putOf(place)]
    const isBrought = (entry: Entry) => this.#isBrought(entry, place)
    const entries = async function* (): AsyncGenerator<ExpectedEntry> {
      for (const { path, mode, sha256, content } of put) {
        expected += 1
        bytes += content.length
        yield ['file', `/${path}`.slice(origin.length + 1), mode, sha256, content.length]
      }
      for await (const entry of backups.entries(owner, backup)) {
        if (!isBrought(entry)) continue
        expected += 1
        const path = `/${entry.path}`.slice(origin.length + 1)
        if (entry.kind === 'file') bytes += entry.size
        if (entry.kind === 'folder') yield ['folder', path, entry.mode]
        else if (entry.kind === 'link') yield ['link', path, entry.mode, entry.target]
        else yield ['file', path, modeOf(entry), entry.sha256, entry.size]
      }
    }
    const found = await this.side.check(place, entries(), {
      deadlineMs: LONGEST_MS,
      signal: this.#call.signal,
    })
    if (found.problemCount > 0 || found.entries !== expected || found.there !== expected)
      throw new OperatorError(
        'restore-torn',
        { node: nodeId },
        { detail: found.problems.map(({ path, what }) => `${what}: ${path}`).join('\n') },
      )
    return bytes
  }

  /** Stops the unit and proves it; see {@link stopGateway}. */
  async stop(): Promise<void> {
    const { link, unit, snapshot, quiet } = this.#job
    const gateway = {
      link,
      unit,
      port: snapshot.install.gatewayPort.value,
      pid: snapshot.service.pid.value,
      places: quiet,
      side: this.side,
    }
    await stopGateway(this.#context.clock, gateway, (waitedMs, limitMs) =>
      this.#call.progress({ step: 'stopping', waitedMs, limitMs }),
    )
  }

  /** Starts the unit and watches until the gateway serves, or it is certain that it will not. */
  async start(): Promise<Restarted> {
    return await startStopped(this.#context, this.#call, this.#job, (step) => this.#call.progress(step))
  }

  /** See {@link persist}; the caller's signal no longer counts. */
  persist<T>(work: () => Promise<T>): Promise<T> {
    return persist(this.#context.clock, work)
  }

  async look(): Promise<Restarted['snapshot']> {
    const { statusDeadlineMs: deadlineMs } = this.#context.limits
    return await observeNode(this.#context, this.#call.node(), { kind: 'asked', deadlineMs })
  }
}

/** The tar has no mode 0; see {@link tarOf}. */
function modeOf({ mode }: FileEntry): number {
  return mode === 0 ? 0o600 : mode
}
