import { createHash } from 'node:crypto'
import type { NodeRecord } from '../../registry/schema.ts'
import { isHarmless, secretName } from '../base/secret-names.ts'
import { CLOCK_SKEW_MS } from '../monitor/rules/machine.ts'
import type { LintLook } from '../openclaw/lint-look.ts'
import { REDACTED } from '../openclaw/methods/config.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import { compareVersions } from '../openclaw/versions.ts'
import { sh } from '../ssh/shell-quote.ts'

/** What a check may find; see `lint.*` in the texts. */
export const LINT_CODES = [
  'linger-off',
  'clock-skew',
  'open-file',
  'open-folder',
  'placeholder',
  'port-ignored',
  'bind-unset',
  'setting-retired',
] as const
export type LintCode = (typeof LINT_CODES)[number]

/** Who can mend it: ocm by itself, whoever is root on the machine, or only a person who knows what is meant. */
export type Mender = 'ocm' | 'root' | 'person'

/** One thing that is not as it seems, with what was seen. */
export interface Finding {
  /** Names it among those of its node: the same in the next look, while it is there. */
  key: string
  code: LintCode
  by: Mender
  /** Evidence. Paths are untrusted; never a secret. */
  params: Record<string, string | number>
  /** The literal command that mends it on the node; null where only a person knows the value. */
  fix: string | null
}

const MOST_PLACEHOLDERS = 20
const DEEPEST = 12
/** Permissions of anybody but the owner. */
const OTHERS = 0o077
const PLACEHOLDER =
  /^(?:change[-_ ]?me|replace[-_ ]?me|to[-_ ]?do|fix[-_ ]?me|place[-_ ]?holder|x{3,}|\.{3,}|dummy|test|secret|token|password|your[-_ ].{1,40}|<.{1,40}>|insert[-_ ].{1,40}|example.{0,20}|sk-(?:x{3,}|\.{3,}|your.{0,30}))$/i
/** Settings that a version and those after it no longer read. Run: 2026.9.6 drops them in its migration. */
const RETIRED: readonly { since: string; path: readonly string[] }[] = [
  { since: '2026.9.6', path: ['agents', 'defaults', 'contextTokens'] },
  { since: '2026.9.6', path: ['agents', 'defaults', 'compaction', 'reserveTokens'] },
  { since: '2026.9.6', path: ['agents', 'defaults', 'compaction', 'reserveTokensFloor'] },
]

/** What the facts of a node and the look at its files show. What was not read shows nothing. */
export function findingsOf(node: NodeRecord, snapshot: NodeSnapshot, look: LintLook | null): Finding[] {
  const version = snapshot.install.version.value
  return [
    ...machineFindings(node, snapshot),
    ...(look === null
      ? []
      : [
          ...look.modes.flatMap(modeFinding),
          ...placeholders(look.config).map((path) => finding('placeholder', 'person', { path })),
          ...gatewayFindings(look),
          ...(version === null ? [] : retiredFindings(look, version)),
        ]),
  ]
}

function finding(
  code: LintCode,
  by: Mender,
  params: Finding['params'] = {},
  fix: string | null = null,
): Finding {
  const key = createHash('sha256')
    .update(`${code}\n${params.path ?? ''}`)
    .digest('hex')
    .slice(0, 8)
  return { key, code, by, params, fix }
}

function machineFindings({ sshUser }: NodeRecord, { service, host }: NodeSnapshot): Finding[] {
  const found: Finding[] = []
  if (service.kind.value === 'systemd-user' && service.linger.value === false)
    found.push(finding('linger-off', 'ocm', {}, sh`sudo loginctl enable-linger ${sshUser}`.shellText))
  const skew = host.clockSkewMs.value
  if (skew !== null && Math.abs(skew) >= CLOCK_SKEW_MS.notice)
    found.push(
      finding('clock-skew', 'root', { seconds: Math.round(skew / 1000) }, 'sudo timedatectl set-ntp true'),
    )
  return found
}

function modeFinding({ path, mode, folder, link }: LintLook['modes'][number]): Finding[] {
  if ((mode & OTHERS) === 0) return []
  const wanted = folder ? '700' : '600'
  const params = { path, mode: mode.toString(8).padStart(3, '0'), wanted }
  // Where a link leads is not for ocm to judge.
  const by = link ? 'person' : 'ocm'
  const command = sh`chmod ${wanted} -- ${path}`.shellText
  return [finding(folder ? 'open-folder' : 'open-file', by, params, command)]
}

function gatewayFindings(look: LintLook): Finding[] {
  const { config, unitPort, includes } = look
  if (config === null) return []
  const port = at(config, ['gateway', 'port'])
  const found: Finding[] = []
  if (typeof port === 'number' && unitPort !== null && port !== unitPort)
    found.push(setting('port-ignored', look, { port, unit: unitPort }, `set gateway.port ${unitPort}`))
  // It may stand in a file that was not looked at.
  if (!includes && at(config, ['gateway', 'bind']) === undefined)
    found.push(setting('bind-unset', look, {}, 'set gateway.bind loopback'))
  return found
}

function retiredFindings(look: LintLook, version: string): Finding[] {
  return RETIRED.filter(({ since }) => compareVersions(version, since) >= 0)
    .filter(({ path }) => at(look.config, path) !== undefined)
    .map(({ path }) => path.join('.'))
    .map((path) => setting('setting-retired', look, { path, version }, `unset ${path}`))
}

/** A setting of the configuration; one that includes other files is left to whoever knows which of them has it. */
function setting(
  code: LintCode,
  { includes }: LintLook,
  params: Finding['params'],
  change: `set ${string}` | `unset ${string}`,
): Finding {
  return finding(code, includes ? 'person' : 'ocm', params, `openclaw config ${change}`)
}

/** Paths of secrets whose value is no secret: one that was never filled in, or what stands for one where it is hidden. */
function placeholders(config: unknown): string[] {
  const found: string[] = []
  const walk = (value: unknown, path: string, key: string, depth: number): void => {
    if (found.length >= MOST_PLACEHOLDERS || depth > DEEPEST) return
    if (typeof value === 'object' && value !== null) {
      for (const [name, inner] of Object.entries(value))
        walk(inner, path === '' ? name : `${path}.${name}`, Array.isArray(value) ? key : name, depth + 1)
    } else if (typeof value === 'string' && isPlaceholder(value, key)) found.push(path)
  }
  walk(config, '', '', 0)
  return found
}

function isPlaceholder(value: string, key: string): boolean {
  if (value === REDACTED) return true
  const kind = secretName(key)
  if (kind === null || kind === 'address') return false
  // A variable names where the value comes from.
  return PLACEHOLDER.test(value.trim()) && !(isHarmless(value) && value.startsWith('$'))
}

function at(value: unknown, path: readonly string[]): unknown {
  let here = value
  for (const key of path) {
    if (typeof here !== 'object' || here === null || Array.isArray(here)) return undefined
    here = (here as Record<string, unknown>)[key]
  }
  return here
}
