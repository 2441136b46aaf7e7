import type { Readable } from 'node:stream'
import type { Clock } from '../base/clock.ts'
import { ArchiveNames, pointsOutside, refused } from './archive-names.ts'
import { TarFault, type TarHeader, TarReader, type TarSink } from './tar-reader.ts'

const BLOCK = 512
/** What ends an archive: two blocks of zeros (POSIX pax, "ustar Interchange Format"). */
const END_BYTES = 2 * BLOCK
/** Whoever takes what comes can have it wait after so much. */
const MOST_AT_ONCE = 256 * 1024

/** What an archive may hold. */
export interface ArchiveLimits {
  /** Absolute folders and files; everything has to lie in one of them. */
  roots: readonly string[]
  entries: number
  /** Of one file, and of all together. */
  fileBytes: number
  bytes: number
}

/** One entry of an archive. */
export type ArchiveEntry = { path: string; mode: number; mtime: number } & (
  | { kind: 'file'; size: number }
  | { kind: 'folder' }
  | { kind: 'link'; target: string; outside: boolean }
  /** Its name holds line breaks, control characters or bytes that are no UTF-8: no list could name it. */
  | { kind: 'left-out' }
)

/** What comes of an archive: an entry; behind a file what it holds, which is only good until more is asked for, and its end. */
export type ArchivePart = ArchiveEntry | { kind: 'content'; bytes: Buffer } | { kind: 'end' }

/** How the bytes come in. */
export interface Intake {
  clock: Clock
  /** Bytes per second; null is as fast as it goes. */
  rateLimit: number | null
  onBytes(count: number): void
}

/**
 * Walks a plain tar (ustar, GNU, pax) as it comes in and never writes anything: what came together is told together. An
 * archive of which one entry is not as it should be is refused as a whole.
 * @throws OperatorError archive-refused {why}; what `source` throws
 */
export async function* walkArchive(
  source: Readable,
  limits: ArchiveLimits,
  intake: Intake,
): AsyncGenerator<ArchivePart[]> {
  const walk = new Walk(limits)
  const startedAt = intake.clock.monotonic()
  let total = 0
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      total += chunk.length
      intake.onBytes(chunk.length)
      for (let at = 0; at < chunk.length; at += MOST_AT_ONCE) {
        const parts = walk.take(chunk.subarray(at, at + MOST_AT_ONCE))
        if (parts.length > 0) yield parts
      }
      if (intake.rateLimit !== null) await slowDown(total, startedAt, intake.rateLimit, intake.clock)
    }
    walk.close(total)
  } finally {
    source.destroy()
  }
}

/** Judges every entry before anybody hears of it. */
class Walk implements TarSink {
  readonly #reader = new TarReader(this)
  readonly #limits: ArchiveLimits
  readonly #names: ArchiveNames
  #entries = 0
  #bytes = 0
  #parts: ArchivePart[] = []
  #isFile = false

  constructor(limits: ArchiveLimits) {
    this.#limits = limits
    this.#names = new ArchiveNames(limits.roots)
  }

  take(chunk: Buffer): ArchivePart[] {
    this.#parts = []
    try {
      this.#reader.push(chunk)
    } catch (error) {
      throw error instanceof TarFault ? refused('malformed', undefined, error) : error
    }
    return this.#parts
  }

  /** There is no more. @param total bytes that came @throws OperatorError archive-refused */
  close(total: number): void {
    if (!this.#reader.isBetween || total - this.#reader.endsAt < END_BYTES) throw refused('cut-off')
  }

  header(header: TarHeader): void {
    const { size, name } = header
    const { entries, fileBytes, bytes } = this.#limits
    if (++this.#entries > entries) throw refused('too-many-entries')
    this.#bytes += size
    if (size > fileBytes || this.#bytes > bytes) throw refused('too-large', name)
    const entry = entryOf(header, this.#names)
    this.#isFile = entry.kind === 'file'
    this.#parts.push(entry)
  }

  content(bytes: Buffer): void {
    if (this.#isFile) this.#parts.push({ kind: 'content', bytes })
  }

  end(): void {
    if (this.#isFile) this.#parts.push({ kind: 'end' })
  }
}

function entryOf(header: TarHeader, names: ArchiveNames): ArchiveEntry {
  const kind = kindOf(header)
  const path = names.admit(header.name, kind)
  const { size, mtime } = header
  if (kind !== 'file' && size !== 0) throw refused('bad-size', header.name)
  if (!Number.isSafeInteger(size) || size < 0) throw refused('bad-size', header.name)
  const base = { mode: header.mode & 0o777, mtime: Number.isSafeInteger(mtime) ? mtime : 0 }
  const name = readable(path, header.isNameText)
  if (name === null) return { ...base, path: shownBytes(path), kind: 'left-out' }
  if (kind === 'file') return { ...base, path: name, kind, size }
  if (kind === 'folder') return { ...base, path: name, kind }
  const raw = header.link
  if (raw === '' || raw.includes('\0') || raw.length > 4_096) throw refused('bad-name', header.name)
  const target = readable(raw, header.isLinkText)
  if (target === null) return { ...base, path: name, kind: 'left-out' }
  return { ...base, path: name, kind, target, outside: pointsOutside(name, target, names) }
}

function kindOf({ type, name, isSparse }: TarHeader): 'file' | 'folder' | 'link' {
  if (isSparse) throw refused('sparse', name)
  switch (type) {
    case '0':
      return 'file'
    case '5':
      return 'folder'
    case '2':
      return 'link'
    case '1':
      throw refused('hard-link', name)
    case '3':
    case '4':
    case '6':
      throw refused('special-file', name)
    default:
      throw refused('unknown-type', name)
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })
/** Most names: the same as bytes and as text, and nothing in them to look for. */
const PLAIN = /^[ -~]*$/

/** A name as text; null when it cannot be written as one line of text. pax names are text already. */
function readable(name: string, isText: boolean): string | null {
  if (PLAIN.test(name)) return name
  try {
    const text = isText ? name : utf8.decode(Buffer.from(name, 'latin1'))
    // A lone half of a pair and the mark of a byte that was no text would come back as something else.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    return /[\u0000-\u001f\u007f\ufffd]/.test(text) || Buffer.from(text).toString() !== text ? null : text
  } catch {
    return null
  }
}

function shownBytes(name: string): string {
  return JSON.stringify(name).slice(1, -1)
}

/** Waits until `total` bytes may have come. */
async function slowDown(total: number, startedAt: number, rateLimit: number, clock: Clock): Promise<void> {
  const due = (total / rateLimit) * 1000 - (clock.monotonic() - startedAt)
  if (due > 5) await clock.sleep(due)
}
