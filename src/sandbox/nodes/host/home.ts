import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { BindingSpec, NodeSpec, OpenClawVersion, SessionSpec } from '../control.ts'
import { writeStateDatabase } from '../openclaw/databases.ts'
import { DEFAULT_MODEL } from '../openclaw/state.ts'
import type { Json } from '../recorded.ts'
import { isSince, PROGRAMS } from '../releases.ts'
import type { UnitFile } from './unit.ts'

const STAND_INS = join(import.meta.dirname, '..', 'stand-ins')
const DEFAULT_WINDOW = 200_000
const DEFAULT_MAX_TOKENS = 34_048

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
  const nodeBin = join(home, '.nvm', 'versions', 'node', `v${nodeVersion}`, 'bin')
  const openclaw = join(home, '.npm-global', 'lib', 'node_modules', 'openclaw')
  const units = join(home, '.config', 'systemd', 'user')
  const bin = join(root, 'bin')
  for (const directory of [bin, nodeBin, join(openclaw, 'dist'), join(home, '.npm-global', 'bin'), units]) {
    mkdirSync(directory, { recursive: true })
  }
  mkdirSync(join(state, 'journal'), { recursive: true })
  mkdirSync(runtimeDirectory, { recursive: true, mode: 0o700 })
  const node = join(nodeBin, 'node')
  const execStart = `${node} --max-old-space-size=8192 ${join(openclaw, 'dist', 'index.js')} gateway --port ${gatewayPort}`
  const unit = { path: join(units, 'openclaw-gateway.service'), execStart, node }
  writeFileSync(unit.path, unitText(spec.version, unit, home, gatewayPort))
  const values = {
    ROOT: quoted(root),
    UNIT_FILE: quoted(unit.path),
    UNIT_NAME: quoted(spec.unit?.name ?? 'openclaw-gateway.service'),
    UNIT_SCOPE: quoted(spec.unit?.level ?? 'user'),
    USER: quoted(user),
    HOSTNAME: spec.name,
    NODE: quoted(process.execPath),
    NODE_VERSION: nodeVersion,
    VERSION_TEXT: PROGRAMS[spec.version].prints,
    SQLITE: quoted(join(state, 'sqlite.cjs')),
    PACKAGE: createRequire(import.meta.url).resolve('@photostructure/sqlite'),
  }
  for (const name of ['systemctl', 'loginctl', 'journalctl', 'hostname', 'uname']) {
    writeProgram(join(bin, name), standIn(`${name}.sh`, values))
  }
  writeProgram(join(bin, '.ask'), standIn('ask.sh', values))
  writeProgram(node, standIn('node.sh', values))
  writeFileSync(join(state, 'sqlite.cjs'), standIn('sqlite.cjs', values))
  writeFileSync(join(state, 'ask.mjs'), readFileSync(join(STAND_INS, 'ask.mjs')))
  writeProgram(join(openclaw, 'openclaw.mjs'), standIn('openclaw.sh', values))
  writeFileSync(join(openclaw, 'package.json'), packageText(spec.version))
  symlinkSync('../lib/node_modules/openclaw/openclaw.mjs', join(home, '.npm-global', 'bin', 'openclaw'))
  symlinkSync(join(home, '.npm-global', 'bin', 'openclaw'), join(bin, 'openclaw'))
  writeOptional(spec, bin)
  if (spec.linger !== false) writeFileSync(join(state, 'linger'), '')
  writeOpenClaw(spec, home, gatewayPort)
  const environment = {
    HOME: home,
    USER: user,
    LOGNAME: user,
    SHELL: '/bin/sh',
    PATH: `${bin}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`,
    LC_ALL: 'C',
    XDG_RUNTIME_DIR: runtimeDirectory,
    ...marker,
  }
  return { root, home, state, runtimeDirectory, unit, hostname: spec.name, nodeVersion, environment }
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

/** `~/.openclaw` with a configuration that the release would have written itself. */
function writeOpenClaw(spec: NodeSpec, home: string, port: number): void {
  const state = join(home, '.openclaw')
  mkdirSync(join(state, 'logs'), { recursive: true })
  chmodSync(state, 0o700)
  for (const agent of spec.agents) {
    mkdirSync(join(state, 'agents', agent.id, 'sessions'), { recursive: true })
    mkdirSync(join(state, 'agents', agent.id, 'agent'), { recursive: true })
  }
  writeFileSync(join(state, 'logs', 'gateway.log'), '')
  for (const [index, agent] of spec.agents.entries())
    writeWorkspace(workspaceOf(state, agent.id, index), agent)
  if (isSince(spec.version, '2026.8.1'))
    writeStateDatabase(
      join(state, 'state', 'openclaw.sqlite'),
      spec.agents.map(({ id }) => id),
    )
  const text = `${JSON.stringify(configOf(spec, state, port), null, 2)}\n`
  writeFileSync(join(state, 'openclaw.json'), text, { mode: 0o600 })
}

function workspaceOf(state: string, agentId: string, index: number): string {
  return join(state, index === 0 ? 'workspace' : `workspace-${agentId}`)
}

/** What an agent is told to be, as `agents.create` leaves it. */
function writeWorkspace(folder: string, agent: NodeSpec['agents'][number]): void {
  mkdirSync(folder, { recursive: true })
  const name = agent.name ?? agent.id
  writeFileSync(join(folder, 'IDENTITY.md'), `# Identity\n\nName: ${name}\n`)
  writeFileSync(join(folder, 'SOUL.md'), `# Soul\n\n${name} is brief, honest and kind.\n`)
  writeFileSync(join(folder, 'AGENTS.md'), '# Working agreement\n\nAsk before you delete.\n')
  writeFileSync(join(folder, 'USER.md'), '# User\n\nThe team of this server.\n')
}

function configOf(spec: NodeSpec, state: string, port: number): Json {
  const model = spec.agents[0]?.model ?? DEFAULT_MODEL
  const workspace = join(state, 'workspace')
  const entry = (agent: NodeSpec['agents'][number], index: number) => ({
    ...(agent.name ? { name: agent.name } : {}),
    ...(index === 0 ? {} : { workspace: workspaceOf(state, agent.id, index) }),
    ...(agent.model ? { model: agent.model } : {}),
  })
  const isNew = isSince(spec.version, '2026.8.1')
  const agents = isNew
    ? {
        entries: Object.fromEntries(spec.agents.map((agent, index) => [agent.id, entry(agent, index)])),
        ...(spec.agents.length > 1 ? { ownership: 'explicit' } : {}),
      }
    : {
        list: spec.agents.map((agent, index) => ({
          id: agent.id,
          ...(index === 0 ? { default: true } : {}),
          ...entry(agent, index),
        })),
      }
  return {
    gateway: {
      mode: 'local',
      bind: 'loopback',
      port,
      auth: { mode: 'token', token: newToken() },
    },
    logging: { file: join(state, 'logs', 'gateway.log') },
    agents: { defaults: { model: { primary: model }, workspace }, ...agents },
    models: { mode: 'merge', providers: providersOf(spec) },
    ...(spec.bindings ? { bindings: spec.bindings.map((one) => bindingOf(one, isNew)) } : {}),
    ...(isNew ? { meta: { lastTouchedVersion: spec.version } } : {}),
  }
}

/** A binding as `openclaw agents bind` writes it; old releases have no types of them. */
function bindingOf({ agent, channel, account }: BindingSpec, isNew: boolean): Json {
  const match = { channel, ...(account === undefined ? {} : { accountId: account }) }
  return { ...(isNew ? { type: 'route' } : {}), agentId: agent, match }
}

/** A gateway token such as `openclaw onboard` makes. */
export function newToken(): string {
  return randomBytes(24).toString('hex')
}

/** Every model that an agent uses, with the largest window of its sessions. */
function providersOf(spec: NodeSpec): Json {
  const providers: Record<string, { api: string; models: Json[] }> = {}
  const refs = new Set(spec.agents.map((agent) => agent.model ?? DEFAULT_MODEL))
  for (const ref of refs) {
    const [provider = '', id = ''] = ref.split('/')
    const sessions = spec.agents
      .filter((agent) => (agent.model ?? DEFAULT_MODEL) === ref)
      .flatMap((agent) => agent.sessions ?? [])
    const largest = (of: (session: SessionSpec) => number | undefined, fallback: number) =>
      Math.max(...sessions.map((session) => of(session) ?? fallback), sessions.length === 0 ? fallback : 0)
    providers[provider] ??= { api: 'anthropic-messages', models: [] }
    providers[provider].models.push({
      id,
      name: id,
      reasoning: false,
      input: ['text'],
      cost: { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 },
      contextWindow: largest((session) => session.window, DEFAULT_WINDOW),
      maxTokens: largest((session) => session.maxTokens, DEFAULT_MAX_TOKENS),
    })
  }
  return providers
}
