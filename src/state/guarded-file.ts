import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import {
  hasCode,
  makePrivateFolder,
  removeStaleTemps,
  resolveTarget,
  writeFileAtomic,
} from './atomic-file.ts'
import { acquireFileLock, type HeldLock } from './file-lock.ts'

/** How long a writer waits for another living process; a write takes milliseconds. */
const LOCK_WAIT_MS = 5_000

/** Why a file cannot even be read. */
export type UnreadableProblem = 'not-a-file' | 'too-large' | 'no-permission' | 'unreadable'

/** The path is there, but it is no file that can be read. */
export class FileUnreadable extends Error {
  override readonly name = 'FileUnreadable'
  readonly problem: UnreadableProblem

  constructor(problem: UnreadableProblem, cause?: unknown) {
    super(problem, cause === undefined ? undefined : { cause })
    this.problem = problem
  }
}

/** Someone who does not use the lock, an editor for example, changed the file since it was read. */
export class FileChanged extends Error {
  override readonly name = 'FileChanged'
}

/** What a read found. `bytes` is null when there is no file. */
export interface FileContent {
  bytes: Buffer | null
  /** The content is not what this process last read or wrote. */
  changed: boolean
}

/**
 * One small file that several processes and people change: a lock between processes, a content hash that tells when
 * someone wrote without the lock, and a copy of the last content that was written.
 */
export class GuardedFile {
  readonly path: string
  readonly #maxBytes: number
  #hash: string | null | undefined

  constructor(path: string, options: { maxBytes: number }) {
    this.path = path
    this.#maxBytes = options.maxBytes
  }

  /** The name of the copy of the last content that was written; null when there is none. */
  async backupName(): Promise<string | null> {
    try {
      const backup = backupOf(await resolveTarget(this.path))
      return (await stat(backup)).isFile() ? basename(backup) : null
    } catch {
      return null
    }
  }

  /**
   * Reads the file. It counts as seen only after {@link markSeen}, so that content which turns out to be damaged is
   * still foreign.
   * @throws FileUnreadable
   */
  async read(): Promise<FileContent> {
    const bytes = await this.#readBytes()
    return { bytes, changed: hashOf(bytes) !== this.#hash }
  }

  /** Takes the content as known: a later write may replace it. */
  markSeen(bytes: Uint8Array | null): void {
    this.#hash = hashOf(bytes)
  }

  /**
   * Replaces the file, and then its copy. The caller holds the lock.
   * @throws FileChanged when the file is no longer the one that was seen, LockLost, or the error of the file system;
   * in every case the file is as it was
   * @returns whether the copy was written too; the file itself is safe either way
   */
  async replace(content: string, lock: HeldLock): Promise<{ backedUp: boolean }> {
    await writeFileAtomic(this.path, content, {
      beforeRename: async () => {
        await lock.assertHeld()
        if ((await this.read()).changed) throw new FileChanged('changed by someone else')
      },
    })
    this.markSeen(Buffer.from(content))
    try {
      await writeFileAtomic(backupOf(await resolveTarget(this.path)), content)
      return { backedUp: true }
    } catch {
      return { backedUp: false }
    }
  }

  /** Takes the lock of the file. @throws LockBusy, or the error of the file system */
  async lock(label: string, waitMs = LOCK_WAIT_MS): Promise<HeldLock> {
    const target = await resolveTarget(this.path)
    await makePrivateFolder(dirname(target))
    return acquireFileLock(`${target}.lock`, { label, waitMs })
  }

  /** Removes what killed writers left; does nothing when the lock is held or the folder cannot be written. */
  async sweep(): Promise<void> {
    try {
      const target = await resolveTarget(this.path)
      const lock = await acquireFileLock(`${target}.lock`, { label: 'sweep' })
      try {
        await removeStaleTemps(target, (await stat(`${target}.lock`)).mtimeMs)
      } finally {
        await lock.release()
      }
    } catch {
      // Tidying is not what the caller came for: the next start tries again.
    }
  }

  async #readBytes(): Promise<Buffer | null> {
    try {
      const facts = await stat(this.path)
      if (!facts.isFile()) throw new FileUnreadable('not-a-file')
      if (facts.size > this.#maxBytes) throw new FileUnreadable('too-large')
      return await readFile(this.path)
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return null
      if (error instanceof FileUnreadable) throw error
      const denied = hasCode(error, 'EACCES') || hasCode(error, 'EPERM')
      throw new FileUnreadable(denied ? 'no-permission' : 'unreadable', error)
    }
  }
}

function backupOf(target: string): string {
  return `${target}.bak`
}

function hashOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : createHash('sha256').update(bytes).digest('base64')
}
