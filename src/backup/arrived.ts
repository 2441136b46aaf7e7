import { createHash } from 'node:crypto'
import { appendFile, readFile, rm, stat } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { errorCode, makePrivateFolder } from '../state/atomic-file.ts'
import type { Layout } from './layout.ts'
import type { FileEntry } from './manifest.ts'
import { parseEntry } from './parse-entry.ts'

/** So long what came in is gone on with; after that a sweep may have removed its content. */
const USABLE_MS = 20 * 3_600_000
/** Lines are written down in lots, and no more of them than this. */
const LOT_BYTES = 64 * 1024
const MOST_BYTES = 16 * 1024 * 1024

/** Files that came in for a backup that was cut off. */
export interface ArrivedFiles {
  /** When the first of the runs that brought them began. Epoch milliseconds. */
  since: number
  files: FileEntry[]
}

/**
 * Writes down which files have come in, until there is a backup: when the transfer is cut, the next one need not bring them
 * again. A line is the SHA-256 of what follows, and that: first when it began, then lots of files. It may lack the end, and
 * may name content that is not there: it is a hint and no record.
 */
export class ArrivedNotes {
  readonly #path: string
  readonly #folder: string
  /** JSON of files. */
  #lot: string[] = []
  #lotBytes = 0
  #bytes = 0

  private constructor(layout: Layout, node: string) {
    this.#path = layout.arrived(node)
    this.#folder = layout.ofNode(node)
  }

  /** Goes on with the notes of a run that was cut, where they are usable. */
  static async open(layout: Layout, node: string, now: number): Promise<ArrivedNotes> {
    const notes = new ArrivedNotes(layout, node)
    await makePrivateFolder(notes.#folder)
    if ((await readArrived(layout, node, now)) === null) {
      await rm(notes.#path, { force: true })
      await appendFile(notes.#path, lineOf(JSON.stringify({ since: now })), { mode: 0o600 })
    }
    notes.#bytes = (await stat(notes.#path)).size
    // The line that a killed process was writing has no end; the next one shall be whole.
    await appendFile(notes.#path, '\n')
    return notes
  }

  /** @param json of a file that has a mark @returns whether so much was added that it is time to {@link write} */
  add(json: string): boolean {
    if (this.#bytes > MOST_BYTES) return false
    this.#lot.push(json)
    this.#lotBytes += json.length
    return this.#lotBytes >= LOT_BYTES
  }

  /** Writes down what was added. */
  async write(): Promise<void> {
    if (this.#lot.length === 0) return
    const line = lineOf(`{"files":[${this.#lot.join(',')}]}`)
    this.#lot = []
    this.#lotBytes = 0
    this.#bytes += line.length
    await appendFile(this.#path, line)
  }

  /** There is a backup. */
  async remove(): Promise<void> {
    await rm(this.#path, { force: true })
  }
}

/** What runs that were cut off have brought; null when there is nothing to go on with. @param now epoch milliseconds */
export async function readArrived(layout: Layout, node: string, now: number): Promise<ArrivedFiles | null> {
  let text: string
  try {
    text = await readFile(layout.arrived(node), 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
  let since: number | undefined
  const files: FileEntry[] = []
  for (const line of text.split('\n')) {
    const found = parsed(line)
    if (found === null) continue
    since ??= found.since
    files.push(...(found.files ?? []).flatMap(fileOf))
    await nextTurn()
  }
  // A time to come is that of a clock that was wrong.
  if (since === undefined || since > now || now - since > USABLE_MS) return null
  return { since, files }
}

function lineOf(json: string): string {
  return `${sha256Of(json)} ${json}\n`
}

function parsed(line: string): { since?: number; files?: unknown[] } | null {
  const json = line.slice(65)
  return line.length > 65 && line.slice(0, 64) === sha256Of(json) ? JSON.parse(json) : null
}

function fileOf(value: unknown): FileEntry[] {
  const entry = parseEntry(value)
  return entry?.kind === 'file' ? [entry] : []
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
