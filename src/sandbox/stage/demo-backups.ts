import { open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { backupNode } from '../../operations/backup-node.ts'
import type { Context } from '../../operations/context.ts'
import { runOperation } from '../../operations/run-operation.ts'
import { hasCode } from '../../state/atomic-file.ts'

const DEMO = { face: 'cli', id: 'demo', name: 'demo', grants: [{ level: 'admin', tags: null }] } as const

/**
 * Takes a backup of two nodes and flips one bit of that of the second, which only a verification finds.
 * @param folder the data folder of the program
 */
export async function prepareBackups(
  context: Context,
  { folder, whole, damaged }: { folder: string; whole: string; damaged: string },
): Promise<void> {
  await runOperation(context, DEMO, backupNode, { node: whole })
  const { data } = await runOperation(context, DEMO, backupNode, { node: damaged })
  // Its configuration is its own alone: no other backup needs the same content.
  for await (const entry of context.backups.entries(damaged, data.backup.id))
    if (entry.kind === 'file' && entry.path.endsWith('/openclaw.json'))
      return await flipBit(join(folder, 'backups', 'objects'), entry.pieces[0] ?? '')
  throw new Error(`the backup of ${damaged} holds no configuration`)
}

/** Flips a bit in the middle of a stored piece. */
async function flipBit(objects: string, name: string): Promise<void> {
  const { path, at, bytes } = await placeOf(objects, name)
  const file = await open(path, 'r+')
  try {
    const middle = at + Math.floor(bytes / 2)
    const one = Buffer.alloc(1)
    await file.read(one, 0, 1, middle)
    one[0] = (one[0] ?? 0) ^ 1
    await file.write(one, 0, 1, middle)
  } finally {
    await file.close()
  }
}

async function placeOf(objects: string, name: string): Promise<{ path: string; at: number; bytes: number }> {
  for (const ending of ['', '.gz']) {
    const path = join(objects, name.slice(0, 2), `${name}${ending}`)
    try {
      return { path, at: 0, bytes: (await readFile(path)).length }
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error
    }
  }
  const packs = join(objects, 'packs')
  for (const file of (await readdir(packs)).filter((one) => one.endsWith('.json'))) {
    const [line = ''] = (await readFile(join(packs, file), 'utf8')).split('\n')
    const index = JSON.parse(line) as { objects: [name: string, at: number, bytes: number, coding: string][] }
    const found = index.objects.find(([one]) => one === name)
    if (found) return { path: join(packs, file.replace(/\.json$/, '.pack')), at: found[1], bytes: found[2] }
  }
  throw new Error(`${name} is not stored`)
}
