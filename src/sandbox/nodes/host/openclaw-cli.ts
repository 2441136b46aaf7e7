import { machineClock } from '../../clock.ts'
import { defaultAgentOf, healthOf, sessionsListOf } from '../gateway/answers.ts'
import { dispatch } from '../gateway/dispatch.ts'
import { at, ConfigFile, redacted } from '../openclaw/config-file.ts'
import { preflight } from '../openclaw/databases.ts'
import type { OpenClawState } from '../openclaw/state.ts'
import { copyOf, type Json, recordingsOf } from '../recorded.ts'
import { isSince } from '../releases.ts'
import { createBackup } from './backup-create.ts'
import type { CommandResult } from './control-socket.ts'
import type { GatewayService } from './service.ts'

const HEALTH_WAIT_MS = { early: 3_000, late: 60_000 }
const CLI_SCOPES = ['operator.admin']

interface Cli {
  openclaw: OpenClawState
  service: GatewayService
  words: string[]
  flags: Map<string, string | true>
  signal: AbortSignal
}

/** Options of the commands below that take a value. */
const VALUED = new Set(
  ['params', 'timeout', 'limit', 'agent', 'workspace', 'model', 'output', 'file', 'agent-id'].map(
    (name) => `--${name}`,
  ),
)

function parse(argv: readonly string[]): { words: string[]; flags: Map<string, string | true> } {
  const words: string[] = []
  const flags = new Map<string, string | true>()
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? ''
    if (!word.startsWith('--')) words.push(word)
    else if (VALUED.has(word)) {
      flags.set(word, argv[index + 1] ?? '')
      index += 1
    } else flags.set(word, true)
  }
  return { words, flags }
}

/** Whether failures come as JSON on stdout; not located more closely than between these two. */
function hasEnvelope({ version }: OpenClawState): boolean {
  return isSince(version, '2026.8.1')
}

function healthWaitMs({ openclaw }: Cli): number {
  return HEALTH_WAIT_MS[hasEnvelope(openclaw) ? 'late' : 'early']
}

function printed(value: unknown): CommandResult {
  return { stdout: `${JSON.stringify(value, null, 2)}\n`, code: 0 }
}

/** A failure as each release reports it with `--json`: an envelope on stdout, or text on stderr alone. */
function failed({ openclaw }: Cli, error: Json, more: Json = {}): CommandResult {
  const message = String(error.message)
  if (!hasEnvelope(openclaw)) return { stderr: `${message}\n`, code: 1 }
  return { ...printed({ ok: false, error, ...more }), code: 1 }
}

function port({ openclaw }: Cli): unknown {
  return at(openclaw.applied, 'gateway', 'port')
}

function targetOf(cli: Cli): Json {
  const url = `ws://127.0.0.1:${port(cli)}`
  return { gateway: { url, urlSource: 'local loopback', bindDetail: 'Bind: loopback' } }
}

function unreachable(cli: Cli): CommandResult {
  const reason = `connect ECONNREFUSED 127.0.0.1:${port(cli)}`
  const message = `Gateway not reachable at ws://127.0.0.1:${port(cli)} (ECONNREFUSED).`
  if (!hasEnvelope(cli.openclaw)) return { stderr: `Error: gateway closed (1006): ${reason}\n`, code: 1 }
  return failed(cli, { type: 'gateway_transport_error', kind: 'closed', message, reason }, targetOf(cli))
}

async function call(cli: Cli, method: string, params: unknown): Promise<CommandResult> {
  const { openclaw, service } = cli
  const pid = service.pid
  if (!service.gateway?.ready || pid === null) return unreachable(cli)
  const { startedAt } = service.state
  const process = {
    pid: () => pid,
    startedAt: () => startedAt,
    restart: (why: string) => service.requestRestart(why),
  }
  const outcome = await dispatch({
    method,
    params,
    scopes: CLI_SCOPES,
    openclaw,
    process,
    subscribe: () => {},
  })
  if (outcome.ok) return printed(outcome.payload)
  return failed(cli, { type: 'gateway_request_error', ...outcome.error, retryable: false })
}

async function gatewayCall(cli: Cli): Promise<CommandResult> {
  const text = cli.flags.get('--params')
  try {
    const params: unknown = typeof text === 'string' ? JSON.parse(text) : {}
    return await call(cli, cli.words[2] ?? '', params)
  } catch {
    return failed(cli, { type: 'cli_error', message: '--params must be valid JSON' })
  }
}

async function health(cli: Cli): Promise<CommandResult> {
  if (cli.service.gateway?.ready) return printed(healthOf(cli.openclaw))
  const asked = Number(cli.flags.get('--timeout') ?? healthWaitMs(cli))
  const waitMs = Math.min(asked, healthWaitMs(cli))
  await machineClock.sleep(waitMs, cli.signal)
  if (!hasEnvelope(cli.openclaw)) return unreachable(cli)
  const message = `Gateway not reachable after waiting ${Math.round(waitMs / 1000)} s.`
  const error = { type: 'gateway_transport_error', kind: 'timeout', message, timeoutMs: waitMs }
  return failed(cli, error, targetOf(cli))
}

function gatewayStatus(cli: Cli): CommandResult {
  const { openclaw, service } = cli
  const recorded = recordingsOf(openclaw.version)
  const { active, sub, mainPid, restarts, result } = service.state
  const ready = service.gateway?.ready === true
  const status = copyOf(recorded.gatewayStatus)
  const running = active === 'active' ? 'running' : 'stopped'
  const systemd = { scope: 'user', unit: 'openclaw-gateway.service', result, nRestarts: restarts }
  const runtime = {
    status: running,
    state: active,
    subState: sub,
    ...(mainPid > 0 ? { pid: mainPid } : {}),
    systemd,
  }
  status.service = { ...(status.service as Json), label: 'systemd user', loaded: true, runtime }
  const valid = openclaw.config.problem() === null
  const file = { path: openclaw.config.path, exists: openclaw.config.exists(), valid }
  status.config = { cli: file, daemon: file }
  status.gateway = {
    ...(status.gateway as Json),
    port: port(cli),
    probeUrl: `ws://127.0.0.1:${port(cli)}`,
    ...(isSince(openclaw.version, '2026.8.1') ? { version: ready ? openclaw.version : null } : {}),
  }
  const listeners = ready ? [{ pid: mainPid, command: 'node', address: `127.0.0.1:${port(cli)}` }] : []
  status.port = { port: port(cli), status: ready ? 'busy' : 'free', listeners, hints: [] }
  const error = `connect ECONNREFUSED 127.0.0.1:${port(cli)}`
  const down = { ...recorded.gatewayStatusDownRpc, ok: false, error, url: `ws://127.0.0.1:${port(cli)}` }
  if (!ready) status.rpc = down
  return { ...printed(status), code: ready || !cli.flags.has('--require-rpc') ? 0 : 1 }
}

async function lifecycle(cli: Cli, action: 'start' | 'stop' | 'restart'): Promise<CommandResult> {
  const { openclaw, service } = cli
  const unit = { label: 'systemd', loaded: true, loadedText: 'enabled', notLoadedText: 'disabled' }
  if (action === 'stop' && isSince(openclaw.version, '2026.8.1') && !cli.flags.has('--force')) {
    const error = "This stops the operator's running gateway service. If you mean it, re-run with --force."
    return { ...printed({ action, ok: false, error, hints: [] }), code: 1 }
  }
  await service[action]()
  const results = { start: 'started', stop: 'stopped', restart: 'restarted' }
  return printed({ action, ok: true, result: results[action], service: unit })
}

function sessions(cli: Cli): CommandResult {
  const { openclaw, flags } = cli
  const recorded = recordingsOf(openclaw.version)
  const isNew = isSince(openclaw.version, '2026.3.31')
  const all = isNew && flags.has('--all-agents')
  const agent = flags.get('--agent')
  const agentId = typeof agent === 'string' ? agent : defaultAgentOf(openclaw)
  const limit =
    flags.get('--limit') === 'all' ? Number.POSITIVE_INFINITY : Number(flags.get('--limit') ?? 100)
  const listed = sessionsListOf(openclaw, { ...(all ? {} : { agentId }), limit: isNew ? limit : undefined })
  const keys = Object.keys(recorded.cliSessionRow)
  const rows = (listed.sessions as Json[]).map((row) => {
    const ageMs = openclaw.now() - Number(row.updatedAt)
    const more: Json = {
      ...row,
      ageMs,
      totalTokensVersion: 1,
      sessionStartedAt: row.createdAt,
      acpRuntime: false,
    }
    return Object.fromEntries(keys.flatMap((key) => (more[key] === undefined ? [] : [[key, more[key]]])))
  })
  const paths = openclaw.agents.map(({ id }) => ({ agentId: id, path: openclaw.sessions.storePath(id) }))
  const head = copyOf(recorded.cliSessions, { count: rows.length, sessions: rows })
  if (!isNew) return printed({ ...head, path: openclaw.sessions.storePath(agentId) })
  const { totalCount, hasMore, limitApplied } = listed
  const stores = all ? paths : paths.filter((store) => store.agentId === agentId)
  return printed({ ...head, stores, allAgents: all, totalCount, hasMore, limitApplied })
}

function agentsList({ openclaw }: Cli): CommandResult {
  const main = defaultAgentOf(openclaw)
  const isNew = isSince(openclaw.version, '2026.3.31')
  const rows = openclaw.agentsOf(openclaw.config.read()).map(({ id }) => ({
    id,
    workspace: openclaw.workspaceOf(id),
    agentDir: `${openclaw.stateDirectory}/agents/${id}/agent`,
    model: openclaw.modelOf(id),
    bindings: 0,
    isDefault: id === main,
    ...(!isNew && id === main ? { routes: ['default (no explicit rules)'] } : {}),
  }))
  return printed(rows)
}

function configValidate(cli: Cli): CommandResult {
  const { version } = cli.openclaw
  const file = cli.flags.get('--file')
  const config = typeof file === 'string' && file !== '' ? new ConfigFile(file) : cli.openclaw.config
  if (!isSince(version, '2026.3.31')) return { stderr: "error: unknown option '--json'\n", code: 1 }
  const problem = config.problem()
  const { path } = config
  if (problem)
    return { stdout: `${JSON.stringify({ valid: false, path, issues: [{ message: problem }] })}\n`, code: 1 }
  return { stdout: `${JSON.stringify({ valid: true, path, warnings: [] })}\n`, code: 0 }
}

function configGet(cli: Cli): CommandResult {
  const path = cli.words[2] ?? ''
  const value = at(redacted(cli.openclaw.config.read()), ...path.split('.'))
  if (value !== undefined) return printed(value)
  return failed(cli, { type: 'cli_error', message: `Config path not found: ${path}` })
}

async function backupCreate(cli: Cli): Promise<CommandResult> {
  if (!isSince(cli.openclaw.version, '2026.3.31'))
    return { stderr: "error: unknown command 'backup'\n", code: 1 }
  try {
    return printed(await createBackup(cli.openclaw, String(cli.flags.get('--output') ?? '.')))
  } catch (error) {
    const message = `Backup archive write failed: ${error instanceof Error ? error.message : String(error)}`
    return failed(cli, { type: 'cli_error', message })
  }
}

function databasePreflight(cli: Cli, role: 'agent' | 'state'): CommandResult {
  if (!isSince(cli.openclaw.version, '2026.8.1'))
    return { stderr: "error: unknown command 'database'\n", code: 1 }
  const agentId = cli.flags.get('--agent-id')
  const result = preflight(cli.words[2] ?? '', role, typeof agentId === 'string' ? agentId : null)
  return { ...printed(result), code: result.status === 'exact' ? 0 : 1 }
}

type Command = (cli: Cli) => CommandResult | Promise<CommandResult>

const COMMANDS: Record<string, Command> = {
  'gateway call': gatewayCall,
  'gateway status': gatewayStatus,
  'gateway health': health,
  'gateway start': (cli) => lifecycle(cli, 'start'),
  'gateway stop': (cli) => lifecycle(cli, 'stop'),
  'gateway restart': (cli) => lifecycle(cli, 'restart'),
  health,
  doctor: ({ openclaw }) => {
    openclaw.doctor()
    return { stdout: 'Doctor complete.\n', code: 0 }
  },
  sessions,
  'sessions compact': (cli) => call(cli, 'sessions.compact', { key: cli.words[2] }),
  'agents list': agentsList,
  'backup create': backupCreate,
  'config validate': configValidate,
  'database preflight': (cli) => databasePreflight(cli, 'state'),
  'database preflight-agent': (cli) => databasePreflight(cli, 'agent'),
  'config get': configGet,
  'config file': ({ openclaw }) => ({ stdout: `${openclaw.config.path}\n`, code: 0 }),
}

/** Runs an `openclaw` command line. @throws the signal's reason when the caller is gone */
export async function runOpenClaw(
  argv: readonly string[],
  openclaw: OpenClawState,
  service: GatewayService,
  signal: AbortSignal,
): Promise<CommandResult> {
  const { words, flags } = parse(argv)
  const command = COMMANDS[words.slice(0, 2).join(' ')] ?? COMMANDS[words[0] ?? '']
  if (!command) return { stderr: `error: unknown command '${words[0] ?? ''}'\n`, code: 1 }
  return await command({ openclaw, service, words, flags, signal })
}
