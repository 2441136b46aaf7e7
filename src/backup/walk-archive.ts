import type { Readable } from 'node:stream'
import { extract, type Header } from 'tar-stream'
import type { Clock } from '../base/clock.ts'
import { ArchiveNames, pointsOutside, refused } from './archive-names.ts'
import { drained } from './drained.ts'

const BLOCK = 512
/** What ends an archive: two blocks of zeros (POSIX pax, "ustar Interchange Format"). */
const END_BYTES = 2 * BLOCK

/** What an archive may hold. */
export interface ArchiveLimits {
  /** Absolute folders and files; everything has to lie in one of them. */
  roots: readonly string[]
  entries: number
  /** Of one file, and of all together. */
  fileBytes: number
  bytes: number
}

/** One entry of an archive. `body` has to be read to its end before the next entry is asked for. */
export type ArchiveEntry = { path: string; mode: number; mtime: number } & (
  | { kind: 'file'; size: number; body: AsyncIterable<Buffer> }
  | { kind: 'folder' }
  | { kind: 'link'; target: string; outside: boolean }
  /** Its name holds line breaks, control characters or bytes that are no UTF-8: no list could name it. */
  | { kind: 'left-out' }
)

/** How the bytes come in. */
export interface Intake {
  clock: Clock
  /** Bytes per second; null is as fast as it goes. */
  rateLimit: number | null
  onBytes(count: number): void
}

/**
 * Walks a plain tar (ustar, GNU, pax) as it comes in and never writes anything. An archive of which one entry is not as
 * it should be is refused as a whole.
 * @throws OperatorError archive-refused {why}; what `source` throws
 */
export async function* walkArchive(
  source: Readable,
  limits: ArchiveLimits,
  intake: Intake,
): AsyncGenerator<ArchiveEntry> {
  // Names are kept as bytes until they were looked at.
  const parser = extract({ filenameEncoding: 'latin1' } as Parameters<typeof extract>[0])
  const flow = pump(source, parser, intake)
  // Whoever waits for the flow below sees its failure; until then it is no unhandled one.
  flow.done.catch(() => undefined)
  const names = new ArchiveNames(limits.roots)
  const explained = (error: unknown) => {
    const cause = flow.failure() ?? error
    return isOfParser(cause, flow) ? refused(wordOf(cause), undefined, cause) : cause
  }
  let entries = 0
  let bytes = 0
  let end = 0
  try {
    for await (const part of parser) {
      const header = part.header as Header & { byteOffset: number }
      const size = header.size ?? 0
      const shown = header.name
      if (++entries > limits.entries) throw refused('too-many-entries')
      bytes += size
      if (size > limits.fileBytes || bytes > limits.bytes) throw refused('too-large', shown)
      const body = bodyOf(part as unknown as AsyncIterable<Buffer>, explained)
      yield entryOf(header, body, names)
      for await (const _ of body) {
        // What nobody wanted goes by.
      }
      end = header.byteOffset + Math.ceil(size / BLOCK) * BLOCK
    }
    if ((await flow.done) - end < END_BYTES) throw refused('cut-off')
  } catch (error) {
    throw explained(error)
  } finally {
    parser.destroy()
    source.destroy()
  }
}

/** A content; whoever reads it sees the same errors as whoever walks the archive. */
async function* bodyOf(
  part: AsyncIterable<Buffer>,
  explained: (error: unknown) => unknown,
): AsyncGenerator<Buffer> {
  try {
    yield* part
  } catch (error) {
    throw explained(error)
  }
}

/** An error of the parser itself has no code: it is about the bytes. */
function isOfParser(error: unknown, flow: { failure(): unknown }): boolean {
  return flow.failure() === null && error instanceof Error && !('code' in error)
}

function wordOf(error: unknown) {
  return error instanceof Error && error.message === 'Unexpected end of data' ? 'cut-off' : 'malformed'
}

function entryOf(header: Header, body: AsyncIterable<Buffer>, names: ArchiveNames): ArchiveEntry {
  const kind = kindOf(header)
  const path = names.admit(header.name, kind)
  const size = header.size ?? 0
  if (kind !== 'file' && size !== 0) throw refused('bad-size', header.name)
  if (!Number.isSafeInteger(size) || size < 0) throw refused('bad-size', header.name)
  const mtime = Math.trunc((header.mtime?.getTime() ?? 0) / 1000)
  const base = { mode: (header.mode ?? 0) & 0o777, mtime: Number.isSafeInteger(mtime) ? mtime : 0 }
  const name = readable(path, has(header.pax, 'path'))
  if (name === null) return { ...base, path: shownBytes(path), kind: 'left-out' }
  if (kind === 'file') return { ...base, path: name, kind, size, body }
  if (kind === 'folder') return { ...base, path: name, kind }
  const raw = header.linkname ?? ''
  if (raw === '' || raw.includes('\0') || raw.length > 4_096) throw refused('bad-name', header.name)
  const target = readable(raw, has(header.pax, 'linkpath'))
  if (target === null) return { ...base, path: name, kind: 'left-out' }
  return { ...base, path: name, kind, target, outside: pointsOutside(name, target, names) }
}

function kindOf(header: Header): 'file' | 'folder' | 'link' {
  const { type, name, pax } = header
  if (Object.keys(pax ?? {}).some((key) => key.startsWith('GNU.sparse'))) throw refused('sparse', name)
  switch (type) {
    case 'file':
      return 'file'
    case 'directory':
      return 'folder'
    case 'symlink':
      return 'link'
    case 'link':
      throw refused('hard-link', name)
    case 'fifo':
    case 'block-device':
    case 'character-device':
      throw refused('special-file', name)
    default:
      throw refused('unknown-type', name)
  }
}

function has(pax: unknown, key: string): boolean {
  return typeof pax === 'object' && pax !== null && Object.hasOwn(pax, key)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** A name as text; null when it cannot be written as one line of text. pax names are text already. */
function readable(name: string, isText: boolean): string | null {
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

interface Flow {
  /** All bytes that came, once the last one was taken. */
  done: Promise<number>
  /** What the source failed with; null while it has not. */
  failure(): unknown
}

function pump(source: Readable, parser: ReturnType<typeof extract>, intake: Intake): Flow {
  let failure: unknown = null
  const pour = async () => {
    let total = 0
    const startedAt = intake.clock.monotonic()
    for await (const chunk of source as AsyncIterable<Buffer>) {
      total += chunk.length
      intake.onBytes(chunk.length)
      if (!parser.write(chunk)) await drained(parser)
      if (parser.destroyed) break
      await slowDown(total, startedAt, intake)
    }
    return total
  }
  const run = async () => {
    try {
      const total = await pour()
      parser.end(null)
      return total
    } catch (error) {
      if (!parser.destroyed) failure = error ?? new Error('the stream broke off')
      parser.destroy(error instanceof Error ? error : new Error('the stream broke off'))
      throw error
    }
  }
  return { done: run(), failure: () => failure }
}

/** Waits until `total` bytes may have come. */
async function slowDown(total: number, startedAt: number, { clock, rateLimit }: Intake): Promise<void> {
  if (rateLimit === null) return
  const due = (total / rateLimit) * 1000 - (clock.monotonic() - startedAt)
  if (due > 5) await clock.sleep(due)
}
