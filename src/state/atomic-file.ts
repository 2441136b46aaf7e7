import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readdir, readlink, realpath, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'

/** Files of the bot are for the bot alone. */
const PRIVATE_FILE = 0o600
const PRIVATE_FOLDER = 0o700
/** A temp file of a lock lives for milliseconds; older ones belong to a process that was killed. */
const STALE_TEMP_MS = 60_000

/** Whether an error of the file system carries this code. */
export function hasCode(error: unknown, code: string): boolean {
  return errorCode(error) === code
}

/** The code of a file-system error, for example ENOSPC; `unknown` for anything else. */
export function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'unknown'
}

/** A fresh name beside `path`, recognisable by {@link removeStaleTemps}. */
export function tempPathFor(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`)
}

/**
 * The file that a path really names: symbolic links are followed, also one that points to a file that does not exist
 * yet, so that a rename replaces the file and never the link.
 */
export async function resolveTarget(path: string): Promise<string> {
  let target = resolve(path)
  for (let hops = 0; hops < 40; hops++) {
    try {
      return await realpath(target)
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error
    }
    const next = await readlink(target).catch(() => null)
    if (next === null) return target
    target = resolve(dirname(target), next)
  }
  return target
}

/**
 * Makes a folder that only the bot may enter, with those around it; one that exists is left as it is. Folder by folder: the
 * `recursive` of Node never ends where the system says of a place that is there that it is not, as below /proc.
 * @throws the error of the file system
 */
export async function makePrivateFolder(path: string): Promise<void> {
  const folder = resolve(path)
  const make = async () => {
    try {
      await mkdir(folder, { mode: PRIVATE_FOLDER })
    } catch (error) {
      const found = hasCode(error, 'ENOENT') ? null : await stat(folder).catch(() => null)
      if (!found?.isDirectory()) throw error
    }
  }
  try {
    await make()
  } catch (error) {
    if (!hasCode(error, 'ENOENT') || dirname(folder) === folder) throw error
    await makePrivateFolder(dirname(folder))
    await make()
  }
}

/**
 * Replaces a file in one step that survives a power cut: a temp file beside it is written with mode 0600 and synced,
 * renamed over the target, and then the folder is synced. A reader sees the old content or the new, never a part.
 * On failure the old file is as it was and the temp file is gone.
 * @param options.beforeRename last look before the new content becomes visible; throwing keeps the old file
 * @throws the error of the file system
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  options: { beforeRename?: () => Promise<void> } = {},
): Promise<void> {
  const target = await resolveTarget(path)
  await makePrivateFolder(dirname(target))
  const temp = await writeTemp(target, content)
  try {
    await options.beforeRename?.()
    await rename(temp, target)
  } catch (error) {
    await unlink(temp).catch(() => undefined)
    throw error
  }
  await syncFolder(dirname(target))
}

/**
 * Makes a file with mode 0600 in one step, whole and synced, unless there is one: then that one is left as it is. Of
 * several writers at once exactly one succeeds, and nobody ever reads a part.
 * @returns whether the file was made
 * @throws the error of the file system
 */
export async function createFileAtomic(path: string, content: string | Uint8Array): Promise<boolean> {
  await makePrivateFolder(dirname(path))
  const temp = await writeTemp(path, content)
  try {
    await link(temp, path)
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  } finally {
    await unlink(temp).catch(() => undefined)
  }
  await syncFolder(dirname(path))
  return true
}

/** Writes and syncs a temp file beside `target`. On failure nothing is left of it. */
async function writeTemp(target: string, content: string | Uint8Array): Promise<string> {
  const temp = tempPathFor(target)
  const handle = await open(temp, 'wx', PRIVATE_FILE)
  try {
    try {
      await handle.chmod(PRIVATE_FILE)
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    await unlink(temp).catch(() => undefined)
    throw error
  }
  return temp
}

/** Makes the names in a folder durable. File systems that cannot sync a folder are left to do what they do. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } catch (error) {
    if (!hasCode(error, 'EINVAL') && !hasCode(error, 'EPERM')) throw error
  } finally {
    await handle.close()
  }
}

/**
 * Removes what killed writers of `path` left beside it. The caller holds the lock of `path`, so no writer of the file
 * itself is at work; temp files of locks are taken without one and go only when they are old.
 */
export async function removeStaleTemps(path: string, now: number): Promise<void> {
  const target = await resolveTarget(path)
  const folder = dirname(target)
  const name = escapeRegExp(basename(target))
  const own = new RegExp(`^\\.${name}(\\.bak)?\\.\\d+-[0-9a-f]{12}\\.tmp$`)
  const lock = new RegExp(`^\\.${name}\\.lock(\\.break)*\\.\\d+-[0-9a-f]{12}\\.tmp$`)
  for (const entry of await readdir(folder)) {
    const old = lock.test(entry) && now - (await modifiedAt(join(folder, entry))) > STALE_TEMP_MS
    if (old || own.test(entry)) await unlink(join(folder, entry)).catch(() => undefined)
  }
}

async function modifiedAt(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.mtimeMs ?? Number.POSITIVE_INFINITY
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
