import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { identityFile } from '../../backup/identity-file.ts'
import { Objects } from '../../backup/objects.ts'
import { type ErrorCode, OperatorError } from '../../base/errors.ts'
import { backupNode } from '../../operations/backup-node.ts'
import type { Context } from '../../operations/context.ts'
import { runOperation } from '../../operations/run-operation.ts'

const DEMO = { face: 'cli', id: 'demo', name: 'demo', grants: [{ level: 'admin', tags: null }] } as const

const TRIES = 10
const AGAIN_MS = 1_000
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'node-unreachable',
  'gateway-unreachable',
  'service-unreadable',
  'deadline',
])

/**
 * Takes a backup of two nodes and flips one bit of that of the second, which only a verification finds.
 * @param folder the data folder of the program
 */
export async function prepareBackups(
  context: Context,
  { folder, whole, damaged }: { folder: string; whole: string; damaged: string },
): Promise<void> {
  await takeOne(context, whole)
  const { data } = await takeOne(context, damaged)
  // Its configuration is its own alone: no other backup needs the same content.
  for await (const entry of context.backups.entries(damaged, data.backup.id))
    if (entry.kind === 'file' && entry.path.endsWith('/openclaw.json'))
      return await flipBit(join(folder, 'backups', 'objects'), entry.pieces[0] ?? '')
  throw new Error(`the backup of ${damaged} holds no configuration`)
}

/** On a machine that has little time for it, a node may not answer at first; the demo is no worse for waiting. */
async function takeOne(context: Context, node: string) {
  for (let left = TRIES; ; left -= 1)
    try {
      return await runOperation(context, DEMO, backupNode, { node })
    } catch (error) {
      if (left <= 1 || !(error instanceof OperatorError) || !PASSING.has(error.code)) throw error
      await context.clock.sleep(AGAIN_MS)
    }
}

/** Flips a bit in the middle of a stored piece. */
async function flipBit(folder: string, name: string): Promise<void> {
  const objects = new Objects(folder, { recipients: [], keys: identityFile(null) })
  const stored = await objects.fileOf(name, new Map())
  if (stored === null) throw new Error(`${name} is not stored`)
  const packed = await objects.packs.find(name)
  const file = await open(stored.path, 'r+')
  try {
    const { at, bytes } = packed ?? { at: 0, bytes: (await file.stat()).size }
    const middle = at + Math.floor(bytes / 2)
    const one = Buffer.alloc(1)
    await file.read(one, 0, 1, middle)
    one[0] = (one[0] ?? 0) ^ 1
    await file.write(one, 0, 1, middle)
  } finally {
    await file.close()
  }
}
