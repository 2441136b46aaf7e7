import { readdir } from 'node:fs/promises'
import { hasCode } from '../state/atomic-file.ts'
import { idOfDrill, idOfFile, isNodeFolder, Layout, timeOfId } from './layout.ts'
import type { BackupDrill } from './manifest.ts'
import { readCheck, readDrill } from './read-backup.ts'

/** A backup of which all was read and found sound. Epoch milliseconds. */
export interface ProvenBackup {
  id: string
  takenAt: number
  verifiedAt: number
}

/** How the last trial to restore a backup of a node ended. Epoch milliseconds. */
export interface LastDrill {
  id: string
  at: number
  ok: boolean
  /** The version of OpenClaw that judged it as well; null where ocm alone did. */
  openclaw: string | null
}

/** What is known of the backups of a node. */
export interface FoundBackups {
  /** The newest that is proven; null when none is. */
  proven: ProvenBackup | null
  /** Null when nobody has tried. */
  drilled: LastDrill | null
}

/**
 * The newest proven backup of every node that has backups, null where none of them is proven; by the node's folder. Reads
 * the names in a folder and mostly one check of each, and no manifest: a thousand nodes take less than a second.
 * @throws where the store is there and cannot be read: nobody knows then what it holds
 */
export async function* provenBackups(root: string): AsyncGenerator<FoundBackups & { node: string }> {
  const layout = new Layout(root)
  for (const node of (await namesIn(layout.nodes)).filter(isNodeFolder)) {
    const names = await namesIn(layout.ofNode(node))
    const ids = names.map(idOfFile).filter((id) => id !== null)
    if (ids.length === 0) continue
    const tried = names.map(idOfDrill).filter((id) => id !== null)
    yield {
      node,
      proven: await newestProven(layout, node, ids.sort().reverse()),
      drilled: await lastDrill(layout, node, tried),
    }
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

async function lastDrill(layout: Layout, node: string, ids: readonly string[]): Promise<LastDrill | null> {
  let last: LastDrill | null = null
  for (const id of ids) {
    const drill = await readDrill(layout, node, id)
    if (drill !== null && drill.at > (last?.at ?? 0))
      last = { id, at: drill.at, ok: drill.ok, openclaw: judgeOf(drill) }
  }
  return last
}

/** The version of OpenClaw that judged a trial; null where ocm alone did. */
export function judgeOf({ openclaw }: Pick<BackupDrill, 'openclaw'>): string | null {
  return openclaw === undefined || openclaw.verdict === 'unknown' ? null : openclaw.version
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
