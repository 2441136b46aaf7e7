import { readdir } from 'node:fs/promises'
import { hasCode } from '../state/atomic-file.ts'
import { idOfFile, isNodeFolder, Layout, timeOfId } from './layout.ts'
import { readCheck } from './read-backup.ts'

/** A backup of which all was read and found sound. Epoch milliseconds. */
export interface ProvenBackup {
  id: string
  takenAt: number
  verifiedAt: number
}

/**
 * The newest proven backup of every node that has backups, null where none of them is proven; by the node's folder. Reads
 * the names in a folder and mostly one check of each, and no manifest: a thousand nodes take less than a second.
 * @throws where the store is there and cannot be read: nobody knows then what it holds
 */
export async function* provenBackups(
  root: string,
): AsyncGenerator<{ node: string; proven: ProvenBackup | null }> {
  const layout = new Layout(root)
  for (const node of (await namesIn(layout.nodes)).filter(isNodeFolder)) {
    const ids = (await namesIn(layout.ofNode(node))).map(idOfFile).filter((id) => id !== null)
    if (ids.length === 0) continue
    yield { node, proven: await newestProven(layout, node, ids.sort().reverse()) }
  }
}

async function newestProven(
  layout: Layout,
  node: string,
  newestFirst: readonly string[],
): Promise<ProvenBackup | null> {
  for (const id of newestFirst) {
    const check = await readCheck(layout, node, id)
    if (check?.ok) return { id, takenAt: timeOfId(id), verifiedAt: check.at }
  }
  return null
}

/** No folder is no backup; one that cannot be read is not. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}
