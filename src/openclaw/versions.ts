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

/** Since when OpenClaw has something, and how that is known. */
export interface VersionFact {
  /** The first version that is known to have it. */
  since: string
  source: string
}

/**
 * What depends on the version and cannot be seen otherwise: where the live gateway lists its methods, or a file shows
 * what it is, that decides instead.
 */
const FEATURES = {
  /** GET /healthz and /readyz answer JSON; before, every path answers the HTML of the control page with 200. */
  'http-readiness': { since: '2026.3.2', source: 'run: 2026.2.17 without, 2026.3.31 with; packages between' },
  /** `openclaw sessions --all-agents`; before, the option is ignored and only the default agent is shown. */
  'sessions-all-agents': { since: '2026.2.26', source: 'run: 2026.2.17 without; packages between' },
  'config-validate': { since: '2026.3.2', source: 'packages' },
  'database-preflight': {
    since: '2026.8.1',
    source: 'packages of 2026.7.1 and 2026.8.1; run: 2026.9.6, which also has it for databases of agents',
  },
  'backup-create': { since: '2026.3.8', source: 'packages' },
  'backup-restore': { since: '2026.8.1', source: 'packages of 2026.7.1 and 2026.8.1' },
  /** `sessions.compact` lets the model summarise; before, it cuts the transcript and drops its header. */
  'compact-by-model': {
    since: '2026.4.14',
    source: 'code of 2026.3.31 (cuts); run: 2026.2.17 cuts, 2026.4.14 summarises',
  },
  /** A model's `contextTokens` in the configuration is a cap; before, it has no such key. */
  'model-cap': { since: '2026.5.12', source: 'run: effective on 2026.5.12 and 2026.9.6' },
  /** `gateway stop` without a terminal is refused unless --force is given; before, the option is unknown. */
  'stop-needs-force': { since: '2026.8.1', source: 'packages of 2026.7.1 and 2026.8.1; run: 2026.9.6' },
  /** Channel bindings are in force as soon as they are written; before, the gateway begins anew for them. */
  'bindings-live': { since: '2026.6.8', source: 'run: 2026.2.17 begins anew; 2026.6.8 and 2026.9.6 do not' },
  /** The gateway speaks protocol 4. */
  'protocol-4': { since: '2026.5.12', source: 'run: 2026.4.14 speaks 3, 2026.5.12 speaks 4' },
} as const satisfies Record<string, VersionFact>

/** A feature whose presence depends on the OpenClaw version. */
export type VersionedFeature = keyof typeof FEATURES

/** Whether a version has a feature; null when the version is not known. */
export function hasFeature(version: string | null, feature: VersionedFeature): boolean | null {
  if (version === null || parseVersion(version) === null) return null
  return compareVersions(version, FEATURES[feature].since) >= 0
}

/**
 * Whether the state has to be migrated by `openclaw doctor --fix` before a gateway of the newer version starts on it: run
 * from 2026.2.17 to 2026.9.6, where it ends at its start without. Agents became entries and databases with 2026.8.1.
 */
export function needsDoctor(from: string, to: string): boolean {
  return compareVersions(from, AGENTS_MIGRATED) < 0 && compareVersions(to, AGENTS_MIGRATED) >= 0
}
const AGENTS_MIGRATED = '2026.8.1'
