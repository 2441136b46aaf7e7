import { unwatchFile, watchFile } from 'node:fs'
import type { ZodType } from 'zod'
import { FileUnreadable, GuardedFile } from './guarded-file.ts'
import { readDocument } from './json-store.ts'
import { createSerial } from './serial.ts'

const MAX_BYTES = 32 * 1024 * 1024
/** A change made by another process is seen within this time. */
const WATCH_INTERVAL_MS = 1_000

/** A durable document that several processes change: the bot and, beside it, the command line. */
export interface SharedStore<T> {
  /** The last state that is on the disk and known here. */
  value(): T
  /**
   * Locks the file, reads it anew, applies the pure `change`, validates and writes. When `change` returns the value it
   * was given, nothing is written.
   * @throws OperatorError state-damaged; LockBusy, LockLost, FileChanged, or the error of the file system; memory and
   * file are then as they were
   */
  update(change: (value: T) => T): Promise<T>
  /** Calls back after every change, whoever made it. Returns the unsubscribe. */
  onChange(listener: () => void): () => void
  close(): Promise<void>
}

/**
 * Opens a document. A missing file is `empty`; one that cannot be read stops the caller and stays as it is.
 * @throws OperatorError state-damaged with the file, the place and the way back
 */
export async function openSharedStore<T>(options: {
  path: string
  schema: ZodType<T>
  empty: T
  watchIntervalMs?: number
}): Promise<SharedStore<T>> {
  const file = new GuardedFile(options.path, { maxBytes: MAX_BYTES })
  const serial = createSerial()
  const listeners = new Set<() => void>()
  let current = options.empty
  let closed = false

  const publish = (next: T) => {
    if (next === current) return
    current = next
    for (const listener of listeners) listener()
  }
  const refresh = async () => {
    if (await hasChanged(file)) publish(await readDocument(file, options))
  }
  // A file that another process is damaging right now is reported by the next change, which has someone to tell.
  const onMoved = () => {
    if (!closed) void serial(refresh).catch(() => {})
  }

  await refresh()
  await file.sweep()
  watchFile(
    options.path,
    { interval: options.watchIntervalMs ?? WATCH_INTERVAL_MS, persistent: false },
    onMoved,
  )
  return {
    value: () => current,
    update: (change) =>
      serial(async () => {
        const lock = await file.lock('store')
        try {
          await refresh()
          const changed = change(current)
          if (changed !== current) {
            const next = options.schema.parse(changed)
            await file.replace(`${JSON.stringify(next)}\n`, lock)
            publish(next)
          }
          return current
        } finally {
          await lock.release()
        }
      }),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      closed = true
      unwatchFile(options.path, onMoved)
      await serial(async () => undefined)
    },
  }
}

/** What cannot even be read counts as changed: reading it as a document then says what is wrong. */
async function hasChanged(file: GuardedFile): Promise<boolean> {
  try {
    return (await file.read()).changed
  } catch (error) {
    if (error instanceof FileUnreadable) return true
    throw error
  }
}
