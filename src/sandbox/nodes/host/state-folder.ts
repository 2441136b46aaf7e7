import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BindingSpec, NodeSpec, SessionSpec } from '../control.ts'
import { writeStateDatabase } from '../openclaw/databases.ts'
import { DEFAULT_MODEL } from '../openclaw/state.ts'
import type { Json } from '../recorded.ts'
import { isSince } from '../releases.ts'

const DEFAULT_WINDOW = 200_000
const DEFAULT_MAX_TOKENS = 34_048

/** What the first start of a gateway leaves in its state folder, besides the configuration. */
export function writeFirstState({ version }: Pick<NodeSpec, 'version'>, home: string): void {
  const state = join(home, '.openclaw')
  for (const folder of ['logs', join('agents', 'main', 'sessions'), join('agents', 'main', 'agent')])
    mkdirSync(join(state, folder), { recursive: true })
  writeWorkspace(join(state, 'workspace'), { id: 'main' })
  const database = join(state, 'state', 'openclaw.sqlite')
  if (isSince(version, '2026.8.1') && !existsSync(database)) writeStateDatabase(database, ['main'])
  // What it scatters besides.
  mkdirSync(join(home, '.cache', 'openclaw'), { recursive: true })
}

/** `~/.openclaw` with a configuration that the release would have written itself. */
export function writeOpenClaw(spec: NodeSpec, home: string, port: number): void {
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
