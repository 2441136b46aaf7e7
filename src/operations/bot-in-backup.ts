import { agentOwner } from '../backup/layout.ts'
import { OperatorError } from '../base/errors.ts'
import { type BackupRow, findBackup } from './backups.ts'
import type { Context } from './context.ts'
import { impossible, isOf } from './restore-refusal.ts'

/** The backup that was named: of the agent alone or of the whole node; `latest` is the newest sound one of either. */
export async function backupOf(
  context: Context,
  nodeId: string,
  botId: string,
  named: string,
): Promise<BackupRow> {
  if (named !== 'latest') {
    const row = await findBackup(context.backups, nodeId, named)
    if (row.agent !== null && row.agent !== botId.toLowerCase())
      throw impossible(nodeId, 'not-in-backup', botId)
    return row
  }
  const { backups } = context
  const rows = [...(await backups.list(agentOwner(nodeId, botId))), ...(await backups.list(nodeId))]
  const sound = rows
    .filter(({ verified }) => verified?.sound === true)
    .toSorted((a, b) => b.takenAt - a.takenAt)
  for (const row of sound) {
    if (row.agent !== null) return row
    const { about } = await backups.manifest(nodeId, row.id)
    if (about.agents === null || about.agents.some(({ id }) => id === botId)) return row
  }
  throw new OperatorError('unknown-backup', { backup: named })
}

/** What a backup holds below each of these places. */
export async function contentOf(
  { backups }: Context,
  nodeId: string,
  backup: string,
  places: readonly string[],
): Promise<Map<string, { files: number; bytes: number }>> {
  const found = new Map<string, { files: number; bytes: number }>()
  for await (const entry of backups.entries(nodeId, backup)) {
    const place = places.find((real) => isOf(entry, real))
    if (place === undefined) continue
    const content = found.get(place) ?? { files: 0, bytes: 0 }
    if (entry.kind === 'file') {
      content.files += 1
      content.bytes += entry.size
    }
    found.set(place, content)
  }
  return found
}
