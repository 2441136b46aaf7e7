import { dirname, join } from 'node:path/posix'
import type { Manifest } from '../backup/manifest.ts'
import type { RestorePlace } from '../openclaw/restore/node-side.ts'
import { placesBeside } from './restoration.ts'

/** Where an agent of a backup lies on its node: its own folder first, then its workspace where that was taken. */
export function botPlaces({ about }: Manifest, botId: string, workspace: string | null): string[] {
  const folder = `${about.state}/agents/${botId}`
  if (workspace === null) return [folder]
  const given = workspace.replace(/^~(?=\/|$)/, about.home)
  const real = about.roots.find(({ path }) => path === given)?.real ?? given
  return real === folder || real.startsWith(`${folder}/`) ? [folder] : [folder, real]
}

/** Where a folder of the agent lies that OpenClaw does not keep in the agent's own; null where it does. */
export function folderElsewhere(
  { about }: Manifest,
  botId: string,
  entry: Record<string, unknown> | null,
): string | null {
  const named = entry?.agentDir
  if (typeof named !== 'string') return null
  const given = named.replace(/^~(?=\/|$)/, about.home)
  const real = about.roots.find(({ path }) => path === given)?.real ?? given
  return real.startsWith(`${about.state}/agents/${botId}/`) ? null : real
}

/**
 * What takes the place of what. What lies in the state directory is put aside beside that: a gateway that starts takes every
 * folder below `agents` for an agent.
 */
export function botReplacements(
  run: { time: string; name: string; folder: string },
  state: string,
  reals: readonly string[],
): RestorePlace[] {
  const beside = placesBeside(
    run,
    // OpenClaw makes both when it makes the agent.
    reals.map((real) => ({ real, present: true })),
  )
  return beside.map((place, index) => {
    const { real } = place
    if (!real.startsWith(`${state}/`)) return place
    const label = real.slice(state.length + 1).replaceAll('/', '-')
    const name = real.slice(dirname(real).length + 1)
    return {
      real,
      staged: join(run.folder, `.ocm-restore.${index}`, name),
      aside: `${state}.${label}.before-restore-${run.time}`,
      kept: `${state}.${label}.after-restore-${run.time}`,
    }
  })
}
