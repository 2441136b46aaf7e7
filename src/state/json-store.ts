import { basename } from 'node:path'
import type { ZodType } from 'zod'
import { OperatorError } from '../base/errors.ts'
import { FileUnreadable, GuardedFile } from './guarded-file.ts'
import { parseJsonText, schemaFault } from './json-text.ts'
import { createSerial } from './serial.ts'

const MAX_BYTES = 32 * 1024 * 1024

/** A durable document: reads come from memory, a change is on the disk before it is seen. */
export interface JsonStore<T> {
  value(): T
  /**
   * Applies the pure `change`, validates, writes and only then swaps the value in memory. Changes run one after the
   * other. When `change` returns the value it was given, nothing is written.
   * @throws FileChanged when someone else changed the file, LockLost, or the error of the file system; the value in
   * memory and the file are then as they were
   */
  update(change: (value: T) => T): Promise<T>
  /** Waits for the changes under way and gives the file free. */
  close(): Promise<void>
}

/**
 * Opens a document that one process owns for as long as it runs. A missing file is `empty`. A file that cannot be read
 * stops the caller and stays as it is: the way back is the copy beside it, or moving it away.
 * @throws OperatorError state-damaged with file, line, column, problem, where, backup; LockBusy when another process
 * owns the document
 */
export async function openJsonStore<T>(options: {
  path: string
  schema: ZodType<T>
  empty: T
}): Promise<JsonStore<T>> {
  const file = new GuardedFile(options.path, { maxBytes: MAX_BYTES })
  const lock = await file.lock('store')
  const serial = createSerial()
  let current: T
  try {
    current = await readDocument(file, options)
  } catch (error) {
    await lock.release()
    throw error
  }
  return {
    value: () => current,
    update: (change) =>
      serial(async () => {
        const changed = change(current)
        if (changed === current) return current
        const next = options.schema.parse(changed)
        await file.replace(`${JSON.stringify(next, null, 2)}\n`, lock)
        current = next
        return next
      }),
    close: () => serial(() => lock.release()),
  }
}

/**
 * Reads and validates a document; a missing file is `empty`.
 * @throws OperatorError state-damaged
 */
export async function readDocument<T>(
  file: GuardedFile,
  options: { schema: ZodType<T>; empty: T },
): Promise<T> {
  try {
    const { bytes } = await file.read()
    file.markSeen(bytes)
    if (bytes === null) return options.empty
    const parsed = parseJsonText(bytes)
    if ('fault' in parsed) throw await damaged(file, parsed.fault)
    const result = options.schema.safeParse(parsed.document.value)
    if (!result.success) throw await damaged(file, schemaFault(parsed.document, result.error))
    return result.data
  } catch (error) {
    if (!(error instanceof FileUnreadable)) throw error
    throw await damaged(file, { problem: error.problem, line: 0, column: 0, where: '' }, error)
  }
}

async function damaged(
  file: GuardedFile,
  fault: { problem: string; line: number; column: number; where: string },
  cause?: unknown,
): Promise<OperatorError> {
  const { line, column, problem, where } = fault
  const backup = await file.backupName()
  const params = {
    file: basename(file.path),
    problem,
    ...(line > 0 ? { line, column } : {}),
    ...(where === '' ? {} : { where }),
    ...(backup === null ? {} : { backup }),
  }
  return new OperatorError('state-damaged', params, cause === undefined ? {} : { cause })
}
