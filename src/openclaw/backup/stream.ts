import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Clock } from '../../base/clock.ts'
import { sh } from '../../ssh/shell-quote.ts'
import type { NodeLink } from '../ports.ts'
import { type Chunks, chunksOf, torn } from './chunks.ts'
import { type BackupEnd, type BackupFacts, parseEnd, parseFacts } from './facts.ts'
import { type KnownFiles, type MarkedFile, packMarks, parseMarks } from './marks.ts'
import type { ConfiguredPlace } from './places.ts'
import { BACKUP_PROGRAM } from './program.ts'
import { BACKUP_SCRIPT } from './script.ts'

/** What to stream from which node. */
export interface BackupRequest {
  /** State directory; null means ~/.openclaw. */
  statePath: string | null
  /** The Node.js that the unit starts; null looks it up in PATH. */
  nodeBinary: string | null
  places: readonly ConfiguredPlace[]
  /** Only what is this agent's own: its folder and `places`. Null takes the whole state directory. */
  agent: string | null
  /** OpenClaw's program, whose `backup create` is to make the archive; null streams the files as they lie there. */
  maker: string | null
  /** Files that need not come again, by their marks. */
  earlier: KnownFiles
}

/** How long a stream may last, and how long nothing may come. Milliseconds. */
export interface BackupLimits {
  deadlineMs: number
  /** Databases that are being copied count as something, and a reader that is slow does not count as nothing. */
  silenceMs: number
  clock: Clock
  signal?: AbortSignal
  /** KiB of databases that have been copied on the node so far. */
  onCopied?: (kib: number) => void
}

/** A backup on its way from a node. */
export interface BackupStream {
  facts: BackupFacts
  /** Files with a mark, also those that are not in the archive because they are as they were; in its order. */
  marked: MarkedFile[]
  /** A plain tar, or the tar.gz of OpenClaw. Ends only when the node has told that it was whole; else it errors, wherever it was cut. */
  tar: Readable
  /** What the node told at the end; null until `tar` ended. */
  end(): BackupEnd | null
}

const NOISE_BYTES = 256 * 1024
const PREAMBLE_BYTES = 8 * 1024 * 1024
const MARKS_BYTES = 16 * 1024 * 1024
const TRAILER_BYTES = 128 * 1024
/** Pieces of the archive that wait for a slow reader. */
const PIECES_AHEAD = 32

/**
 * Starts the script on a node and reads until the archive begins.
 * @throws OperatorError backup-impossible {node, why}, backup-torn {node}, and what {@link NodeLink.download} throws
 */
export async function openBackupStream(
  link: NodeLink,
  request: BackupRequest,
  limits: BackupLimits,
): Promise<BackupStream> {
  const marker = randomUUID()
  const { statePath, nodeBinary, places, agent, maker, earlier } = request
  const marks = packMarks(earlier.keys())
  const marked = marks.length > 0 ? 'marked' : ''
  const words = [marker, statePath ?? '', nodeBinary ?? '', BACKUP_PROGRAM, agent ?? '', maker ?? '', marked]
  const pairs = places.flatMap(({ kind, path }) => [kind, path])
  const source = await link.download(
    sh`exec sh -c ${BACKUP_SCRIPT.text} ocm-backup ${[...words, ...pairs]}`,
    {
      deadlineMs: limits.deadlineMs,
      stdin: marks,
      ...(limits.signal ? { signal: limits.signal } : {}),
    },
  )
  const chunks = chunksOf(source, link.nodeId, limits)
  try {
    const read = { marker, node: link.nodeId, earlier }
    const { facts, marked, rest } = await readPreamble(chunks, read, limits)
    let end: BackupEnd | null = null
    const tar = archiveOf(rest, chunks, marker, link.nodeId, (told) => {
      end = told
    })
    tar.on('error', () => source.destroy())
    tar.on('close', () => source.destroy())
    return { facts, marked, tar, end: () => end }
  } catch (error) {
    source.destroy()
    throw error
  }
}

/** Reads up to the archive: skips what start-up files print, tells the ticks, takes the facts. */
async function readPreamble(
  chunks: Chunks,
  reading: { marker: string; node: string; earlier: KnownFiles },
  { onCopied }: BackupLimits,
): Promise<{ facts: BackupFacts; marked: MarkedFile[]; rest: Buffer }> {
  const { marker, node } = reading
  const begin = Buffer.from(`<<ocm-backup ${marker}\n`)
  let held = await readTo(chunks, begin, node)
  for (;;) {
    for (let tick = tickIn(held); tick !== null; tick = tickIn(held)) {
      onCopied?.(tick.kib)
      held = held.subarray(tick.bytes)
    }
    const at = held.indexOf('\nmarks ')
    if (at !== -1) {
      const facts = parseFacts(held.subarray(0, at).toString('utf8'))
      if (facts === null) throw torn(node)
      return { facts, ...(await readMarks(held.subarray(at + 1), chunks, reading)) }
    }
    if (held.length > PREAMBLE_BYTES) throw torn(node)
    held = Buffer.concat([held, await more(chunks, node)])
  }
}

/** Reads `marks BYTES`, the bytes, and the line behind which the archive begins. */
async function readMarks(
  first: Buffer,
  chunks: Chunks,
  { marker, node, earlier }: { marker: string; node: string; earlier: KnownFiles },
): Promise<{ marked: MarkedFile[]; rest: Buffer }> {
  let held = first
  while (held.indexOf(0x0a) === -1) {
    if (held.length > 40) throw torn(node)
    held = Buffer.concat([held, await more(chunks, node)])
  }
  const line = held.indexOf(0x0a) + 1
  const bytes = Number(/^marks (\d{1,9})\n$/.exec(held.toString('latin1', 0, line))?.[1] ?? Number.NaN)
  if (!(bytes <= MARKS_BYTES)) throw torn(node)
  const archive = Buffer.from(`\ntar ${marker}\n`)
  const needed = line + bytes + archive.length
  const parts = [held]
  for (let length = held.length; length < needed; ) {
    const next = await more(chunks, node)
    parts.push(next)
    length += next.length
  }
  held = Buffer.concat(parts)
  if (!held.subarray(line + bytes, needed).equals(archive)) throw torn(node)
  try {
    return {
      marked: await parseMarks(held.subarray(line, line + bytes), earlier),
      rest: held.subarray(needed),
    }
  } catch {
    throw torn(node)
  }
}

/** Skips everything up to and including `mark` and returns what came behind it. */
async function readTo(chunks: Chunks, mark: Buffer, node: string): Promise<Buffer> {
  let held = Buffer.alloc(0)
  for (let at = held.indexOf(mark); ; at = held.indexOf(mark)) {
    if (at !== -1) return held.subarray(at + mark.length)
    if (held.length > NOISE_BYTES) throw torn(node)
    held = Buffer.concat([held, await more(chunks, node)])
  }
}

async function more(chunks: Chunks, node: string): Promise<Buffer> {
  const next = await chunks.next()
  if (next === null) throw torn(node)
  return next
}

function tickIn(held: Buffer): { kib: number; bytes: number } | null {
  const match = /^tick (\d{1,15})\n/.exec(held.subarray(0, 32).toString('latin1'))
  return match === null ? null : { kib: Number(match[1]), bytes: match[0].length }
}

/**
 * The archive, piece by piece: a stream of bytes copies all that waits into one buffer whenever it is read. Holds a piece back until
 * it is certain that the end does not begin in it.
 */
function archiveOf(
  first: Buffer,
  chunks: Chunks,
  marker: string,
  node: string,
  ended: (end: BackupEnd) => void,
): Readable {
  const close = Buffer.from(`\n<<ocm-backup-end ${marker}\n`)
  let wanted: (() => void) | null = null
  const pour = async () => {
    let held = first
    for (;;) {
      const at = held.indexOf(close)
      if (at !== -1) {
        if (at > 0) archive.push(held.subarray(0, at))
        ended(await readTrailer(held.subarray(at + close.length), chunks, marker, node))
        archive.push(null)
        return
      }
      const found = chunks.next()
      // A command that says that it went well and yet did not close the archive was ended by something else.
      const next = found instanceof Promise ? await found : found
      if (next === null) throw torn(node)
      if (mayEndBetween(held, next, close)) {
        held = Buffer.concat([held, next])
        continue
      }
      const isEnough = !archive.push(held)
      held = next
      if (isEnough)
        await new Promise<void>((resolve) => {
          wanted = resolve
        })
    }
  }
  let isPouring = false
  const archive = new Readable({
    objectMode: true,
    highWaterMark: PIECES_AHEAD,
    read() {
      wanted?.()
      wanted = null
      if (isPouring) return
      isPouring = true
      pour().catch((error: unknown) => archive.destroy(error as Error))
    },
  })
  return archive
}

/** Whether what ends the archive lies across two pieces, as far as they tell. */
function mayEndBetween(held: Buffer, next: Buffer, close: Buffer): boolean {
  if (held.length < close.length || next.length < close.length) return true
  const tail = held.subarray(held.length - close.length + 1)
  return Buffer.concat([tail, next.subarray(0, close.length - 1)]).includes(close)
}

async function readTrailer(first: Buffer, chunks: Chunks, marker: string, node: string): Promise<BackupEnd> {
  let held = first
  for (let next = await chunks.next(); next !== null; next = await chunks.next()) {
    held = Buffer.concat([held, next])
    if (held.length > TRAILER_BYTES) throw torn(node)
  }
  const end = parseEnd(held.toString('utf8'), marker)
  if (end === null) throw torn(node)
  return end
}
