/** A released OpenClaw version: year, month, patch and what follows a hyphen (a beta, a rebuild). */
export interface OpenClawVersion {
  year: number
  month: number
  patch: number
  suffix: string | null
}

/** Finds the version in what `openclaw --version` prints: `2026.2.17` or `OpenClaw 2026.9.6 (eb377ac)`. */
export function parseVersion(text: string): OpenClawVersion | null {
  const match = /(?<![\d.])(\d{4})\.(\d{1,2})\.(\d{1,4})(?:-([0-9A-Za-z.]+))?/.exec(text)
  if (match === null) return null
  const [, year, month, patch, suffix] = match
  return { year: Number(year), month: Number(month), patch: Number(patch), suffix: suffix ?? null }
}

/** The version as it is written in package.json. */
export function formatVersion(version: OpenClawVersion): string {
  const { year, month, patch, suffix } = version
  return `${year}.${month}.${patch}${suffix === null ? '' : `-${suffix}`}`
}

/**
 * Orders version texts: negative when `a` is older. A `-beta.N` comes before its release, a bare number (`-2`, a
 * rebuild) after it, and a text that holds no version before everything.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parseVersion(a), parseVersion(b)]
  if (left === null || right === null) return Number(left !== null) - Number(right !== null)
  return (
    left.year - right.year ||
    left.month - right.month ||
    left.patch - right.patch ||
    suffixRank(left.suffix) - suffixRank(right.suffix) ||
    compareSuffixes(left.suffix ?? '', right.suffix ?? '')
  )
}

function compareSuffixes(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

function suffixRank(suffix: string | null): number {
  if (suffix === null) return 1
  return /^\d+$/.test(suffix) ? 2 : 0
}

/**
 * The first version that is known to have a feature. Found by running 2026.2.17 and 2026.9.6 and by searching the
 * packages in between; where the live gateway lists its methods, that list decides instead.
 */
const SINCE = {
  /** GET /healthz and /readyz answer JSON; before, every path answers the HTML of the control page with 200. */
  'http-readiness': '2026.3.2',
  /** `openclaw sessions --all-agents`; before, the option is ignored and only the default agent is shown. */
  'sessions-all-agents': '2026.2.26',
  'config-validate': '2026.3.2',
  'backup-create': '2026.3.8',
  'backup-restore': '2026.8.1',
  /** `sessions.compact` lets the model summarise; before, it cuts the transcript and drops its header. */
  'compact-by-model': '2026.4.15',
  /** Sessions live in SQLite; before, in sessions.json. */
  'sqlite-store': '2026.6.8',
  /** `gateway stop` without a terminal is refused unless --force is given; before, the option is unknown. */
  'stop-needs-force': '2026.8.1',
} as const satisfies Record<string, string>

/** A feature whose presence depends on the OpenClaw version. */
export type VersionedFeature = keyof typeof SINCE

/** Whether a version has a feature; null when the version is not known. */
export function hasFeature(version: string | null, feature: VersionedFeature): boolean | null {
  if (version === null || parseVersion(version) === null) return null
  return compareVersions(version, SINCE[feature]) >= 0
}
