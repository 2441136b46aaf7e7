import { randomBytes } from 'node:crypto'
import { link, readFile, readlink, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { monotonicMs } from '../base/clock.ts'
import { hasCode, tempPathFor } from './atomic-file.ts'

/** How often a holder shows that it lives, and after how long without a sign a holder that we cannot ask is gone. */
const HEARTBEAT_MS = 2_000
const SILENT_MS = 12_000

const ownerSchema = z.object({
  pid: z.int().positive(),
  /** Where `pid` means something: host, boot and process namespace. */
  realm: z.string(),
  /** When that process started, so that a reused pid is not mistaken for the owner; null where it cannot be read. */
  started: z.string().nullable(),
  /** Names this one acquisition. */
  token: z.string(),
  /** What the lock is held for. */
  label: z.string(),
})

/** Who holds a lock. */
export type LockOwner = z.infer<typeof ownerSchema>

/** A lock that this process holds. */
export interface HeldLock {
  /** Throws {@link LockLost} when someone took the lock over, which happens only to a process that was stopped for long. */
  assertHeld(): Promise<void>
  /** Gives the lock back. Never throws: a lock that is already gone is released. */
  release(): Promise<void>
}

/** The lock is held by someone who lives. */
export class LockBusy extends Error {
  override readonly name = 'LockBusy'
  readonly owner: LockOwner | null

  constructor(owner: LockOwner | null) {
    super(`held by ${owner === null ? 'an unknown process' : `process ${owner.pid}`}`)
    this.owner = owner
  }
}

/** The lock was ours and is no more. */
export class LockLost extends Error {
  override readonly name = 'LockLost'
}

/** What this process is known by and keeps for as long as it runs, as far as it could be read: every lock asks for it. */
const kept = new Map<string, string>()

async function readOnce(what: string, read: () => Promise<string | null>): Promise<string | null> {
  const value = kept.get(what) ?? (await read().catch(() => null))
  if (value !== null) kept.set(what, value)
  return value
}

/** The identity of this process, as other processes can check it. */
export async function thisProcess(): Promise<Pick<LockOwner, 'pid' | 'realm' | 'started'>> {
  const boot = await readOnce('boot', () => readFile('/proc/sys/kernel/random/boot_id', 'utf8'))
  const namespace = await readOnce('namespace', () => readlink('/proc/self/ns/pid'))
  const realm = [hostname(), boot?.trim() ?? '', namespace ?? ''].join(' ')
  return { pid: process.pid, realm, started: await readOnce('started', () => startOf(process.pid)) }
}

/**
 * Whether a process is surely gone. `undefined` when it cannot be told from here, because it ran on another host, before
 * a reboot or in another container, or because /proc hides the processes of others.
 */
export async function isGone(
  owner: Pick<LockOwner, 'pid' | 'realm' | 'started'>,
  startedAt: (pid: number) => Promise<string | null> = startOf,
): Promise<boolean | undefined> {
  const self = await thisProcess()
  if (owner.realm !== self.realm) return undefined
  if (!isRunning(owner.pid)) return true
  if (owner.started === null) return false
  const started = await startedAt(owner.pid)
  return started === null ? undefined : started !== owner.started
}

/** Whether a process runs on this boot of this machine, as far as anybody can see: one that /proc hides may be it. */
export async function mayLive(
  owner: Pick<LockOwner, 'pid' | 'realm' | 'started'>,
  startedAt: (pid: number) => Promise<string | null> = startOf,
): Promise<boolean> {
  const gone = await isGone(owner, startedAt)
  return gone === false || (gone === undefined && owner.realm === (await thisProcess()).realm)
}

/**
 * Takes an exclusive lock between processes: a file that appears with its content in one step (a hard link) and names
 * its owner, so that the lock of a killed process is taken over at once and a busy one can be explained.
 * @param options.waitMs how long to wait for a living owner
 * @throws LockBusy, or the error of the file system
 */
export async function acquireFileLock(
  path: string,
  options: { label: string; waitMs?: number },
): Promise<HeldLock> {
  const owner: LockOwner = {
    ...(await thisProcess()),
    token: randomBytes(12).toString('hex'),
    label: options.label,
  }
  const giveUpAt = monotonicMs() + (options.waitMs ?? 0)
  let step = 2
  for (;;) {
    const holder = await tryAcquire(path, owner)
    if (holder === 'acquired') return hold(path, owner)
    if (monotonicMs() >= giveUpAt) throw new LockBusy(holder)
    await pause(step * (0.5 + Math.random()))
    step = Math.min(step * 2, 40)
  }
}

/** One attempt, including the removal of a dead owner's lock. Returns the owner that stands in the way. */
async function tryAcquire(path: string, owner: LockOwner): Promise<'acquired' | LockOwner | null> {
  const temp = tempPathFor(path)
  await writeFile(temp, JSON.stringify(owner), { flag: 'wx', mode: 0o600 })
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        await link(temp, path)
        return 'acquired'
      } catch (error) {
        if (!hasCode(error, 'EEXIST')) throw error
      }
      const holder = await inspect(path, temp)
      if (holder === 'none') continue
      if (!holder.gone || !(await removeDead(path, holder.text, owner))) return holder.owner
    }
    return null
  } finally {
    await unlink(temp).catch(() => undefined)
  }
}

interface Holder {
  owner: LockOwner | null
  text: string
  gone: boolean
}

/** Reads who holds the lock. Ages are compared between files, so that only one clock, the file system's, counts. */
async function inspect(path: string, nowFile: string): Promise<Holder | 'none'> {
  try {
    const text = await readFile(path, 'utf8')
    const parsed = ownerSchema.safeParse(parseJson(text))
    const silentMs = (await stat(nowFile)).mtimeMs - (await stat(path)).mtimeMs
    const owner = parsed.success ? parsed.data : null
    const gone = owner === null ? undefined : await isGone(owner)
    return { owner, text, gone: gone ?? silentMs > SILENT_MS }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 'none'
    throw error
  }
}

/**
 * Removes a dead owner's lock. Whoever removes one holds a second lock of the same kind and looks again first: without
 * that, two processes could both see the dead owner and the slower one would remove the lock of the faster.
 */
async function removeDead(path: string, seen: string, owner: LockOwner): Promise<boolean> {
  const guardPath = `${path}.break`
  if ((await tryAcquire(guardPath, owner)) !== 'acquired') return false
  try {
    if ((await readFile(path, 'utf8').catch(() => null)) === seen) await unlink(path)
    return true
  } finally {
    await unlink(guardPath).catch(() => undefined)
  }
}

function hold(path: string, owner: LockOwner): HeldLock {
  const isOurs = async () => {
    const text = await readFile(path, 'utf8').catch(() => '')
    return ownerSchema.safeParse(parseJson(text)).data?.token === owner.token
  }
  const heartbeat = setInterval(() => {
    const now = new Date()
    utimes(path, now, now).catch(() => undefined)
  }, HEARTBEAT_MS)
  heartbeat.unref()
  return {
    async assertHeld() {
      if (!(await isOurs())) throw new LockLost('the lock was taken over')
    },
    async release() {
      clearInterval(heartbeat)
      if (await isOurs()) await unlink(path).catch(() => undefined)
    },
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return hasCode(error, 'EPERM')
  }
}

/** Field 22 of /proc/<pid>/stat: the start in clock ticks since boot. A zombie counts as not running. */
async function startOf(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  if (text === null) return null
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? 'zombie' : (fields[19] ?? null)
}
