import { unwatchFile, watchFile } from 'node:fs'
import { basename, isAbsolute } from 'node:path'
import { Low } from 'lowdb'
import type { Clock } from '../src/base/clock.ts'
import { OperatorError } from '../src/base/errors.ts'
import type { Log } from '../src/base/log.ts'
import { errorCode } from '../src/state/atomic-file.ts'
import { LockBusy, LockLost } from '../src/state/file-lock.ts'
import { FileChanged, FileUnreadable, GuardedFile } from '../src/state/guarded-file.ts'
import { createSerial } from '../src/state/serial.ts'
import { deepFreeze, RegistryAdapter } from './adapter.ts'
import { checked } from './checked.ts'
import type { TagJumps } from './jumps.ts'
import type { Migration } from './migrations.ts'
import { changedRecord, newRecord } from './new-record.ts'
import { emptyRegistry, REGISTRY_MAX_BYTES } from './parse.ts'
import type { JumpHost, NewNode, NodeRecord, RegistryData, RegistryPort, SeedNode } from './schema.ts'

/** A hand edit is seen within this time. */
const WATCH_INTERVAL_MS = 1_000
/** An editor may save again while we write; more often than this is not an editor. */
const MAX_ATTEMPTS = 5

/** What the registry needs to open. */
export interface RegistryOptions {
  path: string
  clock: Clock
  log: Log
  /** Milliseconds between looks at the file. */
  watchIntervalMs?: number
  /** How long a write waits for another process that holds the lock. */
  lockWaitMs?: number
  migrations?: ReadonlyMap<number, Migration>
}

/** The registry with its life cycle. */
export interface Registry extends RegistryPort {
  /** Reads the file now. @throws OperatorError registry-edited, registry-newer; memory is then as it was */
  reload(): Promise<void>
  /** Ends watching and waits for the writes under way; later writes are refused. */
  close(): Promise<void>
}

/**
 * Opens the registry. A missing file is an empty registry and is created by the first write; a file that cannot be used
 * is never touched.
 * @throws OperatorError registry-damaged, registry-newer
 */
export async function openRegistry(options: RegistryOptions): Promise<Registry> {
  const registry = new FileRegistry(options)
  await registry.open()
  return registry
}

class FileRegistry implements Registry {
  readonly #options: RegistryOptions
  readonly #file: GuardedFile
  readonly #adapter: RegistryAdapter
  readonly #db: Low<RegistryData>
  readonly #serial = createSerial()
  readonly #listeners = new Set<() => void>()
  /** What readers see: the last state that is valid and on the disk. */
  #published: RegistryData = emptyRegistry()
  #complaint = ''
  #closed = false

  constructor(options: RegistryOptions) {
    this.#options = options
    this.#file = new GuardedFile(options.path, { maxBytes: REGISTRY_MAX_BYTES })
    this.#adapter = new RegistryAdapter(this.#file, displayName(options.path), options.migrations)
    this.#db = new Low(this.#adapter, this.#published)
  }

  async open(): Promise<void> {
    await this.#refresh()
    await this.#file.sweep()
    watchFile(
      this.#options.path,
      { interval: this.#options.watchIntervalMs ?? WATCH_INTERVAL_MS, persistent: false },
      this.#onFileMoved,
    )
  }

  list(): readonly NodeRecord[] {
    return this.#published.nodes
  }

  jumps(): TagJumps {
    return this.#published.jumps
  }

  get(id: string): NodeRecord {
    const node = this.#published.nodes[indexOf(this.#published, id)]
    if (node === undefined) throw new OperatorError('unknown-node', { node: id })
    return node
  }

  async add(node: NewNode): Promise<NodeRecord> {
    const [added] = await this.addMany([node])
    if (added === undefined) throw new OperatorError('internal')
    return added
  }

  addMany(nodes: readonly SeedNode[]): Promise<readonly NodeRecord[]> {
    return this.#change((data, now) => {
      const added = nodes.map((node) => newRecord(node, now))
      return { data: { ...data, nodes: [...data.nodes, ...added] }, touched: added.map((node) => node.id) }
    })
  }

  async update(id: string, change: (node: NodeRecord) => NodeRecord): Promise<NodeRecord> {
    const [updated] = await this.updateMany([id], change)
    if (updated === undefined) throw new OperatorError('internal')
    return updated
  }

  updateMany(
    ids: readonly string[],
    change: (node: NodeRecord) => NodeRecord,
  ): Promise<readonly NodeRecord[]> {
    return this.#change((data, now) => {
      const nodes = [...data.nodes]
      const touched = ids.map((id) => {
        const index = indexOf(data, id)
        const before = nodes[index]
        if (before === undefined) throw new OperatorError('unknown-node', { node: id })
        nodes[index] = changedRecord(before, change(before), now)
        return before.id
      })
      return { data: { ...data, nodes }, touched }
    })
  }

  async setTagJump(tag: string, jump: JumpHost | null): Promise<void> {
    await this.#change((data) => {
      const { [tag]: _before, ...others } = data.jumps
      return { data: { ...data, jumps: jump ? { ...others, [tag]: jump } : others }, touched: [] }
    })
  }

  async remove(id: string): Promise<NodeRecord> {
    let removed: NodeRecord | undefined
    await this.#change((data) => {
      const index = indexOf(data, id)
      removed = data.nodes[index]
      if (removed === undefined) throw new OperatorError('unknown-node', { node: id })
      return { data: { ...data, nodes: data.nodes.toSpliced(index, 1) }, touched: [] }
    })
    if (removed === undefined) throw new OperatorError('internal')
    return removed
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  reload(): Promise<void> {
    return this.#serial(() => this.#refresh())
  }

  async close(): Promise<void> {
    this.#closed = true
    unwatchFile(this.#options.path, this.#onFileMoved)
    await this.#serial(async () => undefined)
  }

  /**
   * The one way to write: under the lock, on what is on the disk now, validated as a whole, and seen by readers only
   * once it is on the disk.
   */
  #change(
    change: (data: RegistryData, now: string) => { data: RegistryData; touched: readonly string[] },
  ): Promise<readonly NodeRecord[]> {
    if (this.#closed) return Promise.reject(new OperatorError('registry-write-failed', { problem: 'closed' }))
    return this.#serial(async () => {
      const lock = await this.#lock()
      this.#adapter.lock = lock
      try {
        for (let attempt = 1; ; attempt++) {
          await this.#refresh()
          const now = new Date(this.#options.clock.now()).toISOString()
          const { data, touched } = change(this.#published, now)
          const next = deepFreeze({ ...checked(this.#published, data, touched), revision: data.revision + 1 })
          if (!(await this.#write(next, attempt))) continue
          this.#publish(next)
          return touched.map((id) => this.get(id))
        }
      } finally {
        this.#adapter.lock = null
        await lock.release()
      }
    })
  }

  async #lock() {
    try {
      return await this.#file.lock('registry', this.#options.lockWaitMs)
    } catch (error) {
      if (!(error instanceof LockBusy)) throw writeFailed(error)
      const pid = error.owner?.pid ?? 0
      throw new OperatorError(
        'registry-locked',
        { file: displayName(this.#options.path), pid },
        { cause: error },
      )
    }
  }

  /** Whether it was written; false when the file moved under us and the change must be made again. */
  async #write(next: RegistryData, attempt: number): Promise<boolean> {
    this.#db.data = next
    try {
      await this.#db.write()
    } catch (error) {
      this.#db.data = this.#published
      if (error instanceof FileChanged && attempt < MAX_ATTEMPTS) return false
      throw writeFailed(error)
    }
    if (!this.#adapter.backedUp)
      this.#options.log.warn({ file: this.#options.path }, 'registry saved, but not its copy')
    return true
  }

  /** Takes over what is on the disk when it is valid. Reads need no lock, because every writer renames. */
  async #refresh(): Promise<void> {
    await this.#db.read()
    this.#complaint = ''
    if (this.#db.data !== this.#published) this.#publish(this.#db.data)
  }

  #publish(data: RegistryData): void {
    this.#published = data
    for (const listener of [...this.#listeners]) {
      try {
        listener()
      } catch (error) {
        this.#options.log.error({ err: error }, 'registry listener failed')
      }
    }
  }

  readonly #onFileMoved = (): void => {
    this.reload().catch((error: unknown) => {
      const complaint = error instanceof Error ? error.message : String(error)
      if (complaint !== this.#complaint)
        this.#options.log.warn(
          { file: this.#options.path, err: error },
          'registry file cannot be used; the last good state stays in force',
        )
      this.#complaint = complaint
    })
  }
}

function indexOf(data: RegistryData, id: string): number {
  const folded = id.toLowerCase()
  return data.nodes.findIndex((node) => node.id.toLowerCase() === folded)
}

function writeFailed(error: unknown): Error {
  if (error instanceof OperatorError) return error
  const problem =
    error instanceof LockLost || error instanceof FileUnreadable ? error.message : errorCode(error)
  return new OperatorError('registry-write-failed', { problem }, { cause: error })
}

/** A name for people: a relative path as it was given, of an absolute one only the last part. */
function displayName(path: string): string {
  return isAbsolute(path) ? basename(path) : path
}
