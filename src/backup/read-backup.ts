import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { OperatorError } from '../base/errors.ts'
import { hasCode } from '../state/atomic-file.ts'
import { idOfFile, type Layout, nodeKey } from './layout.ts'
import {
  type BackupCheck,
  type BackupDrill,
  backupIdSchema,
  type Content,
  checkSchema,
  drillSchema,
  type Manifest,
  manifestSchema,
  readRecord,
} from './manifest.ts'
import type { ObjectReader } from './objects.ts'

/** A piece that is not there, or not what it was. */
export class DamagedObject extends Error {
  override readonly name = 'DamagedObject'
  readonly object: string
  readonly how: 'missing' | 'damaged'

  constructor(object: string, how: 'missing' | 'damaged') {
    super(`${object} is ${how}`)
    this.object = object
    this.how = how
  }
}

/** What people are told of a piece of a backup that is damaged; any other error as it is. */
export function damage(error: unknown, id: string): unknown {
  if (!(error instanceof DamagedObject)) return error
  return new OperatorError('backup-damaged', { backup: id }, { cause: error })
}

/** The folders of nodes that have backups, and the ids in each, oldest first. */
export async function idsByNode(layout: Layout): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  for (const node of await readdir(layout.nodes)) {
    const ids = await idsIn(layout, node)
    if (ids.length > 0) found.set(node, ids)
  }
  return found
}

/** The ids in the folder of a node, oldest first; none where there is no such folder. @throws where it cannot be read */
export async function idsIn(layout: Layout, node: string): Promise<string[]> {
  const names = await readdir(layout.ofNode(node)).catch((error: unknown): string[] => {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  })
  return names
    .map(idOfFile)
    .filter((id) => id !== null)
    .sort()
}

/** The node of a backup. @throws OperatorError unknown-backup */
export async function nodeOfBackup(layout: Layout, id: string): Promise<string> {
  if (backupIdSchema.safeParse(id).success)
    for (const [node, ids] of await idsByNode(layout)) if (ids.includes(id)) return node
  throw new OperatorError('unknown-backup', { backup: id.slice(0, 40) })
}

/**
 * @throws OperatorError unknown-backup, backup-damaged
 */
export async function readManifest(layout: Layout, node: string, id: string): Promise<Manifest> {
  let text: string
  try {
    text = await readFile(layout.manifest(node, id), 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) throw new OperatorError('unknown-backup', { backup: id })
    throw error
  }
  try {
    const manifest = readRecord(text, manifestSchema)
    if (manifest.id !== id) throw new Error('it is the manifest of another backup')
    if (nodeKey(manifest.node) !== nodeKey(node)) throw new Error('it is the manifest of another node')
    return manifest
  } catch (error) {
    throw new OperatorError('backup-damaged', { backup: id }, { cause: error })
  }
}

/** The last look at everything that a backup needs; null when there was none, or when the record of it is damaged. */
export async function readCheck(layout: Layout, node: string, id: string): Promise<BackupCheck | null> {
  try {
    return readRecord(await readFile(layout.check(node, id), 'utf8'), checkSchema)
  } catch {
    return null
  }
}

/** The last trial to restore a backup; null when there was none, or when the record of it is damaged. */
export async function readDrill(layout: Layout, node: string, id: string): Promise<BackupDrill | null> {
  try {
    return readRecord(await readFile(layout.drill(node, id), 'utf8'), drillSchema)
  } catch {
    return null
  }
}

/** Whether a content is one piece, which then has the same hash. */
export function isOnePiece({ sha256, pieces }: Pick<Content, 'sha256' | 'pieces'>): boolean {
  return pieces.length === 1 && pieces[0] === sha256
}

/** So many pieces are read at once where nobody waits for their order. */
const TOGETHER = 4

async function pieceOf(objects: ObjectReader, name: string): Promise<Buffer> {
  const piece = await objects.read(name)
  if (piece === 'locked') throw new OperatorError('backup-key-needed', {})
  if (typeof piece === 'string') throw new DamagedObject(name, piece)
  return piece
}

/** Reads pieces and compares each with its name. @throws DamagedObject of the first that is; OperatorError backup-key-needed */
export async function comparePieces(objects: ObjectReader, pieces: readonly string[]): Promise<void> {
  for (let at = 0; at < pieces.length; at += TOGETHER) {
    const read = pieces.slice(at, at + TOGETHER).map((name) => pieceOf(objects, name))
    for (const piece of await Promise.allSettled(read)) if (piece.status === 'rejected') throw piece.reason
  }
}

/** The pieces of a content, each checked. @throws DamagedObject; OperatorError backup-key-needed */
export async function* piecesOf(objects: ObjectReader, content: Content): AsyncGenerator<Buffer> {
  // It was compared with its name.
  const isOne = isOnePiece(content)
  const whole = createHash('sha256')
  let size = 0
  for (const name of content.pieces) {
    const piece = await pieceOf(objects, name)
    if (!isOne) whole.update(piece)
    size += piece.length
    yield piece
  }
  if (size !== content.size || (!isOne && whole.digest('hex') !== content.sha256))
    throw new DamagedObject(content.sha256, 'damaged')
}
