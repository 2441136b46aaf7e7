import { readdir, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Log } from '../base/log.ts'
import { hasCode, syncFolder } from '../state/atomic-file.ts'
import { acquireFileLock } from '../state/file-lock.ts'
import { inSlices } from './slices.ts'
import { defineCollection, type Store, type Transaction } from './store.ts'

/** Behind the names of files whose content is in the store now. */
const TAKEN_OVER = '.taken-over'
/** Behind the names of files that could not be read. */
const UNREADABLE = '.unreadable'
/** Held by every bot from before the store for as long as it runs: its files are not taken from under it. */
const LOCK = 'schedule.json.lock'
/** How long another process that takes the same files over is waited for. */
const LOCK_WAIT_MS = 10_000

const takenOver = defineCollection({ name: 'taken-over', schema: z.strictObject({ at: z.number() }) })

/** How one file of the time before the store gets into it. */
export interface FormerFile {
  /** Its name in the data folder; of a folder, each file in it ending in `.json` counts. */
  name: string
  kind: 'file' | 'folder'
  store: Store
  /**
   * Turns the content into writes; each puts a record under a key that the content determines, so that doing it again
   * changes nothing.
   * @throws anything for content that cannot be read at all
   */
  writes(text: string): readonly ((tx: Transaction) => void)[]
}

/**
 * Takes the files of the time before the store over, each once, and keeps them aside. A crash at any instant is made
 * good by the next start: a file is renamed only after its records and a note of it are on the disk. A file that
 * cannot be read is replaced by its last good copy; without one it is set aside, said in the log, and nothing waits
 * for it.
 * @throws LockBusy, what the store throws, or the error of the file system
 */
export async function takeOver(options: {
  dataDir: string
  files: readonly FormerFile[]
  log: Log
  now: number
  waitMs?: number
}): Promise<void> {
  const { dataDir } = options
  const presentOf = async () => {
    const present = new Set(await readdir(dataDir))
    return options.files.filter(({ name }) => present.has(name))
  }
  if ((await presentOf()).length === 0) return
  const lock = await acquireFileLock(join(dataDir, LOCK), {
    label: 'take-over',
    waitMs: options.waitMs ?? LOCK_WAIT_MS,
  })
  try {
    // Another process may have done it meanwhile.
    for (const file of await presentOf()) await takeOverOne(file, options)
  } finally {
    await lock.release()
  }
}

async function takeOverOne(
  file: FormerFile,
  { dataDir, log, now }: { dataDir: string; log: Log; now: number },
): Promise<void> {
  const path = join(dataDir, file.name)
  const parts = file.kind === 'folder' ? await jsonFilesIn(path) : [path]
  // A file that comes back later is of an ocm from before the store: what the store knows is newer.
  const known = (await file.store.get(takenOver, file.name)) !== undefined
  let unreadable = 0
  if (!known) {
    for (const part of parts) {
      const writes = (await writesOf(part, file)) ?? (await writesOf(`${part}.bak`, file))
      if (writes) await inSlices(file.store, writes, (tx, write) => write(tx))
      else unreadable++
    }
    await file.store.put(takenOver, file.name, { at: now })
  }
  const fields = { file: file.name, known, unreadable }
  if (unreadable > 0) log.error(fields, 'a file of an older ocm could not be read and was set aside')
  else log.info(fields, 'a file of an older ocm was taken over')
  for (const name of [`${path}.bak`, path])
    await setAside(name, unreadable > 0 ? UNREADABLE : TAKEN_OVER, now)
  await syncFolder(dataDir)
}

/** Renames a file or a folder, and never over what was set aside before. */
async function setAside(path: string, suffix: string, now: number): Promise<void> {
  try {
    const taken = await stat(`${path}${suffix}`).then(
      () => true,
      () => false,
    )
    await rename(path, taken ? `${path}${suffix}-${now}` : `${path}${suffix}`)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
}

/** What a file says, or null when it is not there or cannot be understood. @throws the error of the file system */
async function writesOf(path: string, file: FormerFile): Promise<ReturnType<FormerFile['writes']> | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
  try {
    return file.writes(text)
  } catch {
    return null
  }
}

async function jsonFilesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder)
  return names.filter((name) => name.endsWith('.json')).map((name) => join(folder, name))
}
