import { type Entry, entrySchema, type FileEntry } from './manifest.ts'

const SHA256 = /^[0-9a-f]{64}$/
/** What a file has at least; its mark may be absent. */
const FILE_KEYS = 9

/**
 * One line of the list of a backup, as `entrySchema` takes it; null where it is none. A list has a line for each file, and every
 * backup reads several lists: what is plainly a file is looked at by hand, in a tenth of the time.
 */
export function parseEntry(value: unknown): Entry | null {
  if (!isPlainlyFile(value)) return entrySchema.safeParse(value).data ?? null
  // One text instead of two that are the same: of a hundred thousand files these are 8 MB.
  if (value.pieces[0] === value.sha256) value.pieces[0] = value.sha256
  return value
}

function isPlainlyFile(value: unknown): value is FileEntry {
  if (typeof value !== 'object' || value === null) return false
  const { kind, path, mode, mtime, size, sha256, pieceSize, pieces, database, mark } = value as FileEntry
  return (
    kind === 'file' &&
    Object.keys(value).length === FILE_KEYS + (mark === undefined ? 0 : 1) &&
    isText(path, 1, 4_096) &&
    isCount(mode, 0) &&
    mode <= 0o7777 &&
    Number.isFinite(mtime) &&
    isCount(size, 0) &&
    isSha256(sha256) &&
    isCount(pieceSize, 1) &&
    Array.isArray(pieces) &&
    pieces.every(isSha256) &&
    typeof database === 'boolean' &&
    (mark === undefined || isText(mark, 0, 16))
  )
}

function isText(value: unknown, least: number, most: number): value is string {
  return typeof value === 'string' && value.length >= least && value.length <= most
}

function isCount(value: unknown, least: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least
}

function isSha256(value: unknown): value is string {
  return typeof value === 'string' && SHA256.test(value)
}
