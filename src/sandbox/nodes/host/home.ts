import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { NodeSpec, OpenClawVersion } from '../control.ts'
import { isSince, PROGRAMS } from '../releases.ts'
import { writeOpenClaw } from './state-folder.ts'
import type { UnitFile } from './unit.ts'

const STAND_INS = join(import.meta.dirname, '..', 'stand-ins')
/** Names the folder of an embedded node to its own programs. */
const ROOT_VARIABLE = 'OPENCLAW_SANDBOX_ROOT'

/** Where things are on a node. */
export interface Home {
  root: string
  home: string
  state: string
  runtimeDirectory: string
  unit: UnitFile
  hostname: string
  nodeVersion: string
  environment: Record<string, string>
}

export interface HomeOptions {
  spec: NodeSpec
  root: string
  user: string
  gatewayPort: number
  marker: Record<string, string>
}

/** Where ocm puts the programs of a node that it makes. */
const BROUGHT = ['.local', 'share', 'ocm'] as const
/** As Debian 12 has it: too old for every OpenClaw. */
const OLD_NODE = '18.19.0'

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

function standIn(name: string, values: Record<string, string>): string {
  const text = readFileSync(join(STAND_INS, name), 'utf8')
  return text.replace(/@([A-Z_]+)@/g, (mark, key: string) => values[key] ?? mark)
}

function writeProgram(path: string, text: string): void {
  writeFileSync(path, text)
  chmodSync(path, 0o755)
}

/** Lays out a node as an npm install and `openclaw gateway install` leave it, with stand-ins for what needs a machine. */
export function makeHome({ spec, root, user, gatewayPort, marker }: HomeOptions): Home {
  const home = join(root, 'home')
  const state = join(root, 'state')
  const runtimeDirectory = join(root, 'run')
  const nodeVersion = PROGRAMS[spec.version].node
  const places = placesOf(spec, home)
  const bin = join(root, 'bin')
  for (const directory of [bin, home, join(state, 'journal')]) mkdirSync(directory, { recursive: true })
  mkdirSync(runtimeDirectory, { recursive: true, mode: 0o700 })
  const execStart = `${places.node} --max-old-space-size=8192 ${join(places.openclaw, 'dist', 'index.js')} gateway --port ${gatewayPort}`
  const path = join(home, '.config', 'systemd', 'user', 'openclaw-gateway.service')
  const unit = { path, execStart, node: places.node }
  const values = {
    ROOT: quoted(root),
    UNIT_FILE: quoted(unit.path),
    UNIT_NAME: quoted(spec.unit?.name ?? 'openclaw-gateway.service'),
    UNIT_SCOPE: quoted(spec.unit?.level ?? 'user'),
    USER: quoted(user),
    HOSTNAME: spec.name,
    NODE: quoted(process.execPath),
    NODE_VERSION: spec.bare ? OLD_NODE : nodeVersion,
    VERSION_TEXT: PROGRAMS[spec.version].prints,
    SQLITE: quoted(join(state, 'sqlite.cjs')),
    PACKAGE: createRequire(import.meta.url).resolve('@photostructure/sqlite'),
  }
  for (const name of ['systemctl', 'loginctl', 'journalctl', 'hostname', 'uname']) {
    writeProgram(join(bin, name), standIn(`${name}.sh`, values))
  }
  writeProgram(join(bin, '.ask'), standIn('ask.sh', values))
  writeFileSync(join(state, 'sqlite.cjs'), standIn('sqlite.cjs', values))
  writeFileSync(join(state, 'ask.mjs'), readFileSync(join(STAND_INS, 'ask.mjs')))
  writeFileSync(join(state, 'npm.mjs'), readFileSync(join(STAND_INS, 'npm.mjs')))
  writeProgram(join(bin, 'npm'), standIn('npm.sh', { ...values, NPM: quoted(join(state, 'npm.mjs')) }))
  writeOptional(spec, bin)
  if (spec.bare) {
    writeProgram(join(bin, 'node'), standIn('node.sh', values))
    writeProgram(join(bin, 'sudo'), standIn('sudo.sh', values))
  } else {
    writeInstall(spec, home, bin, values)
    writeUnit(spec, unit, home, gatewayPort)
    if (spec.linger !== false) writeFileSync(join(state, 'linger'), '')
    writeOpenClaw(spec, home, gatewayPort)
  }
  const environment = {
    HOME: home,
    USER: user,
    LOGNAME: user,
    SHELL: '/bin/sh',
    PATH: `${bin}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`,
    LC_ALL: 'C',
    XDG_RUNTIME_DIR: runtimeDirectory,
    [ROOT_VARIABLE]: root,
    ...marker,
  }
  return { root, home, state, runtimeDirectory, unit, hostname: spec.name, nodeVersion, environment }
}

/** Where the programs are, or will be once they were brought. */
function placesOf({ version, bare }: NodeSpec, home: string): { node: string; openclaw: string } {
  const nodeVersion = PROGRAMS[version].node
  const modules = ['lib', 'node_modules', 'openclaw']
  if (bare)
    return {
      node: join(home, ...BROUGHT, `node-${nodeVersion}`, 'bin', 'node'),
      openclaw: join(home, ...BROUGHT, `openclaw-${version}`, ...modules),
    }
  return {
    node: join(home, '.nvm', 'versions', 'node', `v${nodeVersion}`, 'bin', 'node'),
    openclaw: join(home, '.npm-global', ...modules),
  }
}

function writeInstall(spec: NodeSpec, home: string, bin: string, values: Record<string, string>): void {
  const { node, openclaw } = placesOf(spec, home)
  for (const directory of [dirname(node), join(openclaw, 'dist'), join(home, '.npm-global', 'bin')])
    mkdirSync(directory, { recursive: true })
  writeProgram(node, standIn('node.sh', values))
  writeProgram(join(openclaw, 'openclaw.mjs'), standIn('openclaw.sh', values))
  writeFileSync(join(openclaw, 'package.json'), packageText(spec.version))
  symlinkSync('../lib/node_modules/openclaw/openclaw.mjs', join(home, '.npm-global', 'bin', 'openclaw'))
  symlinkSync(join(home, '.npm-global', 'bin', 'openclaw'), join(bin, 'openclaw'))
}

/** The programs of a release as they lie in an archive: on whichever embedded node they are unpacked, they work for it. */
export function packedPrograms(version: OpenClawVersion): {
  node: string
  openclaw: string
  entry: string
  package: string
} {
  const root = `"$${ROOT_VARIABLE}"`
  const values = {
    ROOT: root,
    NODE: quoted(process.execPath),
    NODE_VERSION: PROGRAMS[version].node,
    VERSION_TEXT: PROGRAMS[version].prints,
    SQLITE: `${root}/state/sqlite.cjs`,
  }
  return {
    node: standIn('node.sh', values),
    openclaw: standIn('openclaw.sh', values),
    entry: standIn('entry.cjs', values),
    package: packageText(version),
  }
}

/** What `openclaw gateway install` writes. */
export function writeUnit(
  { version }: Pick<NodeSpec, 'version'>,
  unit: UnitFile,
  home: string,
  port: number,
): void {
  mkdirSync(dirname(unit.path), { recursive: true })
  writeFileSync(unit.path, unitText(version, unit, home, port), { mode: 0o600 })
}

/** Stand-ins that only some nodes have: a disk of their own, a clock that is off. */
function writeOptional(spec: NodeSpec, bin: string): void {
  if (spec.disk) {
    const { totalBytes, usedPercent } = spec.disk
    const total = Math.round(totalBytes / 1024)
    const used = Math.round((total * usedPercent) / 100)
    const values = {
      TOTAL_KIB: total,
      USED_KIB: used,
      AVAILABLE_KIB: total - used,
      PERCENT: Math.ceil(usedPercent),
    }
    const texts = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]))
    writeProgram(join(bin, 'df'), standIn('df.sh', texts))
  }
  if (spec.clockSkewMs) {
    const seconds = String(Math.round(spec.clockSkewMs / 1000))
    writeProgram(join(bin, 'date'), standIn('date.sh', { SKEW_SECONDS: seconds }))
  }
}

function packageText(version: OpenClawVersion): string {
  const node = PROGRAMS[version].engines
  const bin = { openclaw: 'openclaw.mjs' }
  return `${JSON.stringify({ name: 'openclaw', version, bin, engines: { node } }, null, 2)}\n`
}

function unitText(version: OpenClawVersion, unit: UnitFile, home: string, port: number): string {
  const isNew = isSince(version, '2026.5.12')
  const limits = isNew ? ['StartLimitBurst=10', 'StartLimitIntervalSec=300'] : []
  const stop = isNew
    ? [
        'RestartPreventExitStatus=78',
        'TimeoutStopSec=330',
        'TimeoutStartSec=30',
        'SuccessExitStatus=0 143',
        'OOMPolicy=continue',
        'KillMode=mixed',
      ]
    : ['KillMode=process']
  const lines = [
    '[Unit]',
    isNew ? 'Description=OpenClaw Gateway' : `Description=OpenClaw Gateway (v${version})`,
    'After=network-online.target',
    'Wants=network-online.target',
    ...limits,
    '',
    '[Service]',
    `ExecStart=${unit.execStart}`,
    'Restart=always',
    'RestartSec=5',
    ...stop,
    `Environment=HOME=${home}`,
    `Environment=OPENCLAW_GATEWAY_PORT=${port}`,
    'Environment=OPENCLAW_SYSTEMD_UNIT=openclaw-gateway.service',
    'Environment=OPENCLAW_SERVICE_MARKER=openclaw',
    'Environment=OPENCLAW_SERVICE_KIND=gateway',
    '',
    '[Install]',
    'WantedBy=default.target',
  ]
  return `${lines.join('\n')}\n`
}
