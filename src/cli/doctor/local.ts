import { constants } from 'node:fs'
import { access, lstat, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isOwnFingerprint } from '../../../registry/host-key-fingerprint.ts'
import type { RegistryData } from '../../../registry/schema.ts'
import { type Clock, systemClock } from '../../base/clock.ts'
import { OperatorError } from '../../base/errors.ts'
import { inspectSsh, type SshInspection } from '../../inspect-ssh.ts'
import type { Config, DiscordNeed } from '../../settings/config.ts'
import { ConfigError, type ConfigProblem } from '../../settings/config-error.ts'
import { isMountPoint, namedKeyProblems } from '../../settings/places.ts'
import { readRegistry } from '../read-registry.ts'
import { type Finding, finding } from './finding.ts'

const OTHERS = 0o077
const OTHERS_WRITE = 0o022
const NAMES_SHOWN = 5

/** The settings, as far as they can be used, and what is wrong with them. */
export async function checkSettings(
  load: (discord: DiscordNeed) => Promise<Config>,
): Promise<{ config: Config | null; findings: Finding[] }> {
  const said = (level: 'problem' | 'warning', { name, code, params }: ConfigProblem) =>
    finding('settings', level, `setting.${code}`, params, { subject: name, mend: `setting.${code}.next` })
  try {
    const config = await load('optional')
    const warnings = config.warnings.map((warning) => said('warning', warning))
    const findings = warnings.length > 0 ? warnings : [finding('settings', 'ok', 'doctor.settings-valid')]
    return { config, findings: [...findings, apiFinding(config)] }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const findings = [
      ...error.problems.map((problem) => said('problem', problem)),
      ...error.warnings.map((warning) => said('warning', warning)),
    ]
    // What is wrong about Discord alone keeps nothing else from being examined.
    return { config: await load('none').catch(() => null), findings }
  }
}

/** Whether there is an API, and where. */
function apiFinding({ http }: Config): Finding {
  if (http === null) return finding('settings', 'note', 'doctor.api-off')
  return finding('settings', 'ok', 'doctor.api-on', { address: `${http.host}:${http.port}` })
}

/** The data folder: there, ours, writable, and closed to everybody else. */
export async function checkData({ dataDir }: Config): Promise<Finding[]> {
  const about = { folder: dataDir }
  const folder = await stat(dataDir).catch(() => null)
  if (folder === null) return [finding('data', 'note', 'doctor.data-missing', about)]
  if (!folder.isDirectory()) return [finding('data', 'problem', 'doctor.data-no-folder', about)]
  const found: Finding[] = []
  if (folder.mode & OTHERS) found.push(finding('data', 'warning', 'doctor.data-open', about))
  const writable = await access(dataDir, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )
  if (!writable) return [...found, finding('data', 'problem', 'doctor.data-read-only', about)]
  const open = await openFiles(dataDir)
  if (open.length > 0) {
    const files = open.slice(0, NAMES_SHOWN).join(', ')
    found.push(finding('data', 'warning', 'doctor.files-open', { ...about, count: open.length, files }))
  }
  const foreign = await foreignFiles(dataDir)
  if (foreign.length > 0) {
    const files = foreign.slice(0, NAMES_SHOWN).join(', ')
    found.push(finding('data', 'warning', 'doctor.files-foreign', { ...about, count: foreign.length, files }))
  }
  return found.length > 0 ? found : [finding('data', 'ok', 'doctor.data-well', about)]
}

/** Files of the data folder that others may read. */
async function openFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const open: string[] = []
  for (const entry of entries) {
    if (!entry.isFile()) continue
    const info = await stat(join(folder, entry.name)).catch(() => null)
    if (info !== null && info.mode & OTHERS) open.push(entry.name)
  }
  return open.sort()
}

/** What in the data folder leads elsewhere or belongs to somebody else, who may change it at any time. */
async function foreignFiles(folder: string): Promise<string[]> {
  const foreign: string[] = []
  for (const name of await readdir(folder)) {
    const info = await lstat(join(folder, name)).catch(() => null)
    if (info !== null && (info.isSymbolicLink() || isOfAnother(info.uid))) foreign.push(name)
  }
  return foreign.sort()
}

/** Whoever is root may change everything anyway. */
function isOfAnother(uid: number): boolean {
  const own = process.getuid?.()
  return own !== undefined && uid !== own && uid !== 0
}

/** Who besides ocm may write the registry: whoever can, decides which machine is logged into and by which key it is known. */
async function registryAccess(path: string): Promise<Finding[]> {
  const info = await stat(path).catch(() => null)
  if (info === null) return []
  return (info.mode & OTHERS_WRITE) !== 0 || isOfAnother(info.uid)
    ? [finding('registry', 'warning', 'doctor.registry-open', { file: path })]
    : []
}

/** Nodes of which a pinned fingerprint is not that of its key: somebody has edited one of them by hand. */
function foreignFingerprints({ nodes }: RegistryData): Finding[] {
  return nodes
    .filter(({ hostKeys }) => hostKeys.some((pinned) => !isOwnFingerprint(pinned)))
    .map(({ id }) => finding('registry', 'warning', 'doctor.fingerprint-foreign', {}, { subject: id }))
}

/** The registry file, with the place of what is wrong in it. */
export async function checkRegistry({ registryPath }: Config): Promise<Finding[]> {
  if (await isMountPoint(registryPath)) return [finding('registry', 'problem', 'doctor.registry-mounted')]
  try {
    const { data } = await readRegistry(registryPath, 'empty')
    const access = await registryAccess(registryPath)
    if (data.nodes.length === 0) return [...access, finding('registry', 'note', 'doctor.registry-empty')]
    const counts = {
      nodes: data.nodes.length,
      retired: data.nodes.filter(({ state }) => state === 'retired').length,
    }
    const keyless = data.nodes.filter(({ state, hostKeys }) => state !== 'retired' && hostKeys.length === 0)
    return [
      finding('registry', 'ok', 'doctor.registry-valid', counts),
      ...access,
      ...foreignFingerprints(data),
      ...keyless.map(({ id }) =>
        finding('registry', 'warning', 'doctor.node-without-key', {}, { subject: id }),
      ),
    ]
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    const { line } = error.params
    const place =
      typeof line === 'number' && line > 0 ? 'doctor.registry-damaged-at' : 'doctor.registry-damaged'
    return [
      error.code === 'registry-newer'
        ? finding('registry', 'problem', 'error.registry-newer', error.params, {
            mend: 'error.registry-newer.next',
          })
        : finding('registry', 'problem', place, error.params, { mend: 'doctor.registry-damaged.mend' }),
    ]
  }
}

/** The key, the agent and known_hosts. `usable` says whether nodes can be logged into at all. */
export async function checkSsh(
  { ssh }: Config,
  clock: Clock = systemClock,
): Promise<{ usable: boolean; findings: Finding[] }> {
  const { keyFile, certificate, agent, problem, knownHosts } = await inspectSsh(ssh, clock)
  const found: Finding[] = []
  if (problem !== null) found.push(finding('ssh', 'problem', 'doctor.ssh-unusable', { why: problem }))
  if (keyFile !== null) {
    const { type, fingerprint, othersMayRead } = keyFile
    found.push(finding('ssh', 'ok', 'doctor.ssh-key', { type, fingerprint }))
    if (othersMayRead) found.push(finding('ssh', 'warning', 'doctor.ssh-key-open'))
  }
  for (const { name, code, params } of await namedKeyProblems(ssh))
    found.push(
      finding('ssh', 'problem', `setting.${code}`, params, { subject: name, mend: `setting.${code}.next` }),
    )
  if (certificate !== null) found.push(certificateFinding(certificate))
  if (agent && problem === null) found.push(finding('ssh', 'ok', 'doctor.ssh-agent'))
  if (knownHosts === null) found.push(finding('ssh', 'note', 'doctor.known-hosts-unset'))
  else if (knownHosts.unreadable === null)
    found.push(finding('ssh', 'problem', 'doctor.known-hosts-unreadable'))
  else if (knownHosts.unreadable > 0)
    found.push(finding('ssh', 'warning', 'doctor.known-hosts-lines', { count: knownHosts.unreadable }))
  else found.push(finding('ssh', 'ok', 'doctor.known-hosts'))
  return { usable: problem === null && knownHosts?.unreadable !== null, findings: found }
}

function certificateFinding(certificate: NonNullable<SshInspection['certificate']>): Finding {
  if (certificate.state === 'strange') return finding('ssh', 'warning', 'doctor.certificate-strange')
  const { state, ...params } = certificate
  return state === 'valid'
    ? finding('ssh', 'ok', 'doctor.certificate', params)
    : finding('ssh', 'warning', 'doctor.certificate-not-valid', params)
}
