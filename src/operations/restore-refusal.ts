import type { Entry, Manifest } from '../backup/manifest.ts'
import { OperatorError } from '../base/errors.ts'

/** Why a restore is refused; see `restore-problem.*` in the texts. */
export type RestoreProblem =
  | 'other-home'
  | 'other-place'
  | 'other-machine'
  | 'newer-openclaw'
  | 'version-unread'
  | 'newer-database'
  | 'no-unit'
  | 'may-not-stop'
  | 'no-room'
  | 'room-unread'
  | 'no-gnu-tar'
  | 'no-node'
  | 'unsound'
  | 'left-over'
  | 'no-place'
  | 'mount-point'
  | 'other-owner'
  | 'not-writable'
  | 'of-one-bot'
  | 'not-in-backup'
  | 'shared-workspace'
  | 'other-storage'
  | 'original-runs'
  | 'original-unreachable'
  | 'moved-places'
  | 'no-own-config'
  | 'config-unread'

/** The error of a restore that is not begun. Nothing was changed. */
export function impossible(node: string, why: RestoreProblem, detail?: string): OperatorError {
  return new OperatorError('restore-impossible', { node, why }, detail === undefined ? {} : { detail })
}

/** The places of a backup that lie in no other one: each is swapped as a whole. Absolute and without links. */
export function placesOf({ about }: Manifest): string[] {
  const reals = [...new Set([about.state, ...about.roots.map(({ real }) => real)])]
  return reals.filter((real) => !reals.some((other) => other !== real && real.startsWith(`${other}/`)))
}

/** Whether an entry belongs to a place. */
export function isOf(entry: Pick<Entry, 'path'>, place: string): boolean {
  const path = `/${entry.path}`
  return path === place || path.startsWith(`${place}/`)
}
