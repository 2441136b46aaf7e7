import { type FileHandle, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'

import { hasCode, makePrivateFolder, syncFolder } from './atomic-file.ts'
import { createSerial } from './serial.ts'

/** One line of the audit: who did what to which node, why, how it ended and how long it took. */
export interface AuditEntry {
  at: string
  operationId: string
  operation: string
  face: string
  actorId: string
  actorName: string
  nodeId: string | null
  input: Record<string, unknown>
  reason: string | null
  result: 'done' | 'partial' | 'failed' | 'unknown' | 'refused'
  errorCode: string | null
  durationMs: number
}

/** Append-only; a line is on disk when the promise resolves. */
export interface AuditPort {
  append(entry: AuditEntry): Promise<void>
}

const NEWLINE = 0x0a

const auditEntrySchema = z.object({
  at: z.string(),
  operationId: z.string(),
  operation: z.string(),
  face: z.string(),
  actorId: z.string(),
  actorName: z.string(),
  nodeId: z.string().nullable(),
  input: z.record(z.string(), z.unknown()),
  reason: z.string().nullable(),
  result: z.enum(['done', 'partial', 'failed', 'unknown', 'refused']),
  errorCode: z.string().nullable(),
  durationMs: z.number(),
})

/** The audit on disk: one JSON object per line, oldest first. */
export interface AuditFile extends AuditPort {
  close(): Promise<void>
}

/**
 * Opens the audit for appending; mode 0600. Each entry is one write of one line, synced before `append` resolves, and
 * starts on a line of its own even when a crash or another process left half a line.
 * @param options.redact applied to every string of an entry
 * @throws the error of the file system
 */
export async function openAuditFile(options: {
  path: string
  redact: (text: string) => string
}): Promise<AuditFile> {
  await makePrivateFolder(dirname(options.path))
  const handle = await open(options.path, 'a+', 0o600)
  await syncFolder(dirname(options.path))
  const serial = createSerial()
  return {
    append: (entry) =>
      serial(async () => {
        const line = auditLine(entry, options.redact)
        await writeAll(handle, Buffer.from((await endsInsideLine(handle)) ? `\n${line}` : line))
        await handle.sync()
      }),
    close: () => serial(() => handle.close()),
  }
}

/** What an audit file holds; `damagedLines` counts lines that are no entry, such as one that a crash cut off. */
export async function readAuditFile(path: string): Promise<{ entries: AuditEntry[]; damagedLines: number }> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { entries: [], damagedLines: 0 }
    throw error
  }
  const entries: AuditEntry[] = []
  let damagedLines = 0
  for (const line of text.split('\n')) {
    if (line === '') continue
    const entry = parseLine(line)
    if (entry === null) damagedLines++
    else entries.push(entry)
  }
  return { entries, damagedLines }
}

function parseLine(line: string): AuditEntry | null {
  try {
    return auditEntrySchema.parse(JSON.parse(line))
  } catch {
    return null
  }
}

/**
 * One line whatever the entry holds: JSON escapes line feeds, and everything else that a viewer may take for a line
 * break or that changes how the line reads (other controls, separators, bidirectional marks) is escaped here.
 */
function auditLine(entry: AuditEntry, redact: (text: string) => string): string {
  const json = JSON.stringify(entry, (_key, value: unknown) =>
    typeof value === 'string' ? redact(value) : value,
  )
  return `${json.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, escapeUnits)}\n`
}

function escapeUnits(text: string): string {
  let escaped = ''
  for (let index = 0; index < text.length; index++)
    escaped += `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`
  return escaped
}

async function endsInsideLine(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat()
  if (size === 0) return false
  const last = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
  return last.buffer[0] !== NEWLINE
}

/** A short write happens on a full disk; the error then comes with the next one. */
async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  let done = 0
  while (done < bytes.length) done += (await handle.write(bytes, done)).bytesWritten
}
