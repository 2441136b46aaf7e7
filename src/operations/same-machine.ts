import type { BackupAbout } from '../backup/manifest.ts'

/** What tells one machine from another. */
export const MACHINE_MARKS = ['machine-id', 'host-key', 'hostname'] as const
export type MachineMark = (typeof MACHINE_MARKS)[number]

/**
 * Marks by which the machine of a backup differs from another; null when nothing of it was recorded. One mark is enough
 * to ask: a clone has the id of the original, a machine that was set up anew has its name.
 */
export function machineDifference(
  then: BackupAbout['machine'],
  now: NonNullable<BackupAbout['machine']>,
): MachineMark[] | null {
  if (then === undefined) return null
  const differs: Record<MachineMark, boolean> = {
    'machine-id': then.idHash !== null && now.idHash !== null && then.idHash !== now.idHash,
    'host-key':
      then.hostKeys.length > 0 &&
      now.hostKeys.length > 0 &&
      !then.hostKeys.some((key) => now.hostKeys.includes(key)),
    hostname: then.hostname !== now.hostname,
  }
  return MACHINE_MARKS.filter((mark) => differs[mark])
}
