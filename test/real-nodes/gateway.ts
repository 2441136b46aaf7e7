import crypto from 'node:crypto'
import fs from 'node:fs/promises'
import path from 'node:path'
import { isSince, type OpenClawVersion } from '../../src/sandbox/nodes/releases.ts'
import { eventually, must } from './command.ts'
import { type Machine, USER, USER_ID } from './machine.ts'

/** Port of the gateway and of the model provider's stand-in, both on the node's own loopback. */
export const GATEWAY_PORT = 18789
const PROVIDER_PORT = 18100
/** Twenty times what an idle host needs: several gateways may start at once on a host that has other work. */
const READY_MS = 300_000

const HOME = `/home/${USER}`
const HARNESS = '/opt/ocmrn'
const COMPILED = `${HARNESS}/jiti`
/** 2026.2.17 writes the token into its unit file; in the copy that other nodes use this stands for it. */
const TOKEN_PLACE = '@GATEWAY_TOKEN@'
const NODE = '/opt/node/bin/node'

/** Where OpenClaw and Node.js appear inside a node; the links are what makes them installed for a shell. */
export const OPENCLAW_MODULES = '/usr/local/lib/node_modules'
export const LINKS = {
  node: ['/usr/local/bin/node', NODE],
  openclaw: ['/usr/local/bin/openclaw', '../lib/node_modules/openclaw/openclaw.mjs'],
} as const

export interface SessionSpec {
  readonly agent: string
  /** Rest of the session key after `agent:<agent>:`. Default `main`. */
  readonly key?: string
  /** Context size to grow to, in tokens: what the last model call reports as its prompt. */
  readonly tokens: number
  /** How many of them are reported as prompt-cache reads. Default 0. */
  readonly cachedTokens?: number
}

export interface SessionRow {
  readonly key: string
  readonly sessionId?: string
  readonly totalTokens?: number | null
  readonly contextTokens?: number | null
}

interface ClientAnswer {
  readonly hello: { readonly protocol: number; readonly methods: readonly string[] }
  readonly results: ReadonlyArray<{ ok: boolean; payload?: unknown; error?: string; code?: string }>
  readonly turns: ReadonlyArray<Turn & { key: string }>
}

/** How a turn ended, and when (epoch milliseconds; all nodes have the host's clock). */
export interface Turn {
  readonly status: string
  readonly error?: string
  readonly endedAt: number
}

function requireAllOk(ends: ClientAnswer['turns']): void {
  const bad = ends.find((end) => end.status !== 'ok')
  if (bad) throw new Error(`turn in ${bad.key} ended ${bad.status}: ${bad.error}`)
}

export function sessionKey(session: SessionSpec): string {
  return `agent:${session.agent}:${session.key ?? 'main'}`
}

/** The model entry: with reasoning at its default level OpenClaw asks this kind of model for 34 048 output tokens. */
function modelProvider() {
  const model = {
    id: 'sonnet',
    name: 'Stand-in',
    reasoning: true,
    input: ['text'],
    cost: { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 },
    contextWindow: 200_000,
    maxTokens: 64_000,
  }
  const baseUrl = `http://127.0.0.1:${PROVIDER_PORT}`
  return { baseUrl, apiKey: 'stand-in', api: 'anthropic-messages', models: [model] }
}

function agentsSection(version: OpenClawVersion, agents: readonly string[], state: string) {
  const workspace = (id: string, index: number) =>
    index === 0 ? {} : { workspace: `${state}/workspace-${id}` }
  const defaults = {
    model: { primary: 'standin/sonnet' },
    workspace: `${state}/workspace`,
    thinkingDefault: 'low',
    // A heartbeat is a turn nobody asked for: it would change the sizes a test has chosen.
    heartbeat: { every: '0m' },
  }
  if (!hasAgentEntries(version)) {
    const list = agents.map((id, i) => ({ id, ...(i === 0 ? { default: true } : {}), ...workspace(id, i) }))
    return { defaults, list }
  }
  const entries = Object.fromEntries(agents.map((id, i) => [id, workspace(id, i)]))
  // 2026.8.1 does not start with several agents unless their owner is named; later versions add it themselves.
  const ownership = version === '2026.8.1' && agents.length > 1 ? { ownership: 'explicit' } : {}
  return { ...ownership, defaults, entries }
}

/** Agents stand in a list before 2026.8.1, and by id from then on. */
function hasAgentEntries(version: OpenClawVersion): boolean {
  return isSince(version, '2026.8.1')
}

/** Which of the gateways of a login it is: OpenClaw's profile, null for the usual one, and its port. */
export interface Seat {
  readonly profile: string | null
  readonly port: number
}

/** A real OpenClaw gateway as a systemd user service of `oc` on one machine. */
export class Gateway {
  readonly version: OpenClawVersion
  readonly agents: readonly string[]
  readonly port: number
  /** Its state directory on the node. */
  readonly state: string
  readonly #machine: Machine
  readonly #install: string
  readonly #profile: string | null
  readonly #service: string
  #token = crypto.randomBytes(24).toString('hex')

  /** `install` is the directory on this host that holds this version's `node_modules`. */
  constructor(
    machine: Machine,
    version: OpenClawVersion,
    agents: readonly string[],
    install: string,
    { profile, port }: Seat = { profile: null, port: GATEWAY_PORT },
  ) {
    const suffix = profile === null ? '' : `-${profile}`
    this.#machine = machine
    this.version = version
    this.agents = agents
    this.port = port
    this.state = `${HOME}/.openclaw${suffix}`
    this.#install = install
    this.#profile = profile
    this.#service = `openclaw-gateway${suffix}`
  }

  /** Another gateway of the same login and version, of which nothing is there yet. */
  beside(seat: Seat): Gateway {
    return new Gateway(this.#machine, this.version, ['main'], this.#install, seat)
  }

  get #config(): string {
    return `${this.state}/openclaw.json`
  }

  get #unit(): string {
    return `${HOME}/.config/systemd/user/${this.#service}.service`
  }

  /** The shared secret that the gateway accepts at present. */
  get token(): string {
    return this.#token
  }

  /** Puts the stand-in provider, the configuration and the service on the disk of a machine that is off. */
  async prepareDisk(): Promise<void> {
    const machine = this.#machine
    for (const [link, target] of Object.values(LINKS)) await fs.symlink(target, machine.file(link))
    await fs.mkdir(machine.file(HARNESS), { recursive: true })
    for (const script of ['provider.mjs', 'gateway-client.mjs']) {
      await fs.copyFile(path.join(import.meta.dirname, script), machine.file(`${HARNESS}/${script}`))
    }
    const unit = [
      '[Service]',
      `Environment=STANDIN_PORT=${PROVIDER_PORT}`,
      `ExecStart=${NODE} ${HARNESS}/provider.mjs`,
      'DynamicUser=yes',
      'Restart=always',
    ]
    await fs.writeFile(machine.file('/etc/systemd/system/standin-provider.service'), `${unit.join('\n')}\n`)
    const wants = machine.file('/etc/systemd/system/multi-user.target.wants')
    await fs.symlink('../standin-provider.service', path.join(wants, 'standin-provider.service'))
    await this.#lendCompiled()
    await this.writeConfig()
    const known = await fs.readFile(this.#unitCache(), 'utf8').catch(() => undefined)
    if (known) await this.#enableUnit(known.replaceAll(TOKEN_PLACE, this.#token))
  }

  /**
   * 2026.2.17 compiles its plugins when it first starts on a machine, which takes 30 to 50 seconds of processor time, and
   * keeps the result in /tmp/jiti. Here that is on the disk, and a new node starts with what an earlier one compiled.
   */
  async #lendCompiled(): Promise<void> {
    const inside = this.#machine.file(COMPILED)
    await fs.cp(this.#compiledCache(), inside, { recursive: true }).catch(() => fs.mkdir(inside))
    await must('chown', ['-R', `${USER_ID}:${USER_ID}`, inside])
    await fs.writeFile(this.#machine.file('/etc/tmpfiles.d/jiti.conf'), `L /tmp/jiti - - - - ${COMPILED}\n`)
  }

  /** Keeps what this node compiled for later nodes, unless there is such a copy. */
  async keepCompiled(): Promise<void> {
    const made = await fs.readdir(this.#machine.file(COMPILED))
    const kept = await fs.stat(this.#compiledCache()).catch(() => undefined)
    if (made.length === 0 || kept) return
    const staged = `${this.#compiledCache()}.${process.pid}`
    await fs.cp(this.#machine.file(COMPILED), staged, { recursive: true })
    // Another fleet may have been faster; its copy is as good.
    await fs.rename(staged, this.#compiledCache()).catch(() => fs.rm(staged, { recursive: true }))
  }

  #compiledCache(): string {
    return path.join(this.#install, '.jiti')
  }

  async writeConfig(): Promise<void> {
    const config = {
      gateway: {
        mode: 'local',
        bind: 'loopback',
        port: this.port,
        auth: { mode: 'token', token: this.#token },
      },
      agents: agentsSection(this.version, this.agents, this.state),
      models: { mode: 'merge', providers: { standin: modelProvider() } },
      update: { checkOnStart: false },
    }
    await this.#machine.writeAs(USER_ID, this.#config, `${JSON.stringify(config, null, 2)}\n`, 0o600)
  }

  /** Replaces the configuration file as it is; the running gateway is not told. */
  async overwriteConfig(content: string): Promise<void> {
    await fs.writeFile(this.#machine.file(this.#config), content)
  }

  readConfig(): Promise<string> {
    return fs.readFile(this.#machine.file(this.#config), 'utf8')
  }

  #unitCache(): string {
    return path.join(
      this.#install,
      this.#profile === null ? '.gateway-unit' : `.gateway-unit-${this.#profile}`,
    )
  }

  async #enableUnit(content: string): Promise<void> {
    const machine = this.#machine
    await machine.writeAs(USER_ID, this.#unit, content)
    const wants = `${path.dirname(this.#unit)}/default.target.wants`
    await fs.mkdir(machine.file(wants), { recursive: true })
    await fs.symlink(this.#unit, machine.file(`${wants}/${this.#service}.service`))
    await fs.chown(machine.file(wants), USER_ID, USER_ID)
  }

  /**
   * Lets OpenClaw install its service, unless prepareDisk had the unit file that this very version wrote earlier: the
   * command takes ten seconds of processor time, and on equal nodes it writes equal files.
   */
  async ensureService(): Promise<void> {
    const unit = this.#machine.file(this.#unit)
    if (await fs.readFile(unit, 'utf8').catch(() => undefined)) return
    const profile = this.#profile === null ? '' : `--profile ${this.#profile}`
    const outcome = await this.#machine.ssh(`NO_COLOR=1 openclaw ${profile} gateway install --json`, {
      timeoutMs: 180_000,
    })
    if (outcome.code !== 0) throw new Error(`openclaw gateway install: ${outcome.stderr || outcome.stdout}`)
    const written = await fs.readFile(unit, 'utf8')
    const staged = `${this.#unitCache()}.${process.pid}`
    await fs.writeFile(staged, written.replaceAll(this.#token, TOKEN_PLACE))
    await fs.rename(staged, this.#unitCache())
  }

  /** Brings a further gateway of a running machine up; resolves when it serves. */
  async add(): Promise<void> {
    await this.writeConfig()
    const known = await fs.readFile(this.#unitCache(), 'utf8').catch(() => undefined)
    if (known) {
      await this.#enableUnit(known.replaceAll(TOKEN_PLACE, this.#token))
      await this.#machine.user('systemctl --user daemon-reload')
      await this.begin()
    }
    await this.ensureService()
    await this.waitReady()
  }

  /** Takes a gateway that was added away with all that it left; resolves when nothing of it listens. */
  async remove(): Promise<void> {
    await this.systemctl('disable --now')
    await this.#machine.user(`rm -r ${this.#unit} ${this.state} && systemctl --user daemon-reload`)
    const { stdout } = await this.#machine.root(`ss -Hltn sport = :${this.port}`)
    if (stdout !== '') throw new Error(`port ${this.port} of ${this.#machine.name} is still held: ${stdout}`)
  }

  /** Takes over what the configuration on a disk that was put back says. */
  async followDisk(): Promise<void> {
    const { gateway } = JSON.parse(await this.readConfig()) as { gateway: { auth: { token: string } } }
    this.#token = gateway.auth.token
  }

  /** Runs `systemctl --user <words> <its unit>` from outside the node; resolves to what it printed. */
  async systemctl(words: string): Promise<string> {
    const command = `systemctl --user ${words} ${this.#service}`
    const outcome = await this.#machine.user(command, { timeoutMs: 60_000 })
    return outcome.stdout.trim()
  }

  /** Resolves when the gateway serves: /readyz says so where that exists, and a client is greeted. */
  async waitReady(timeoutMs = READY_MS): Promise<void> {
    await eventually(`the gateway of ${this.#machine.name} serves`, timeoutMs, () => this.#isReady(), 500)
  }

  async #isReady(): Promise<true | undefined> {
    const page = await this.#machine.root(`curl -s --max-time 5 http://127.0.0.1:${this.port}/readyz`)
    if (page.code !== 0) return undefined
    if (this.version !== '2026.2.17' && !/"ready":\s*true/.test(page.stdout)) return undefined
    return (await this.#client({}).catch(() => undefined)) && true
  }

  /** Whether the gateway accepts a client that comes with this token. */
  async greets(token: string): Promise<boolean> {
    return this.#client({ token }).then(
      () => true,
      () => false,
    )
  }

  async #client(request: object, timeoutMs = 30_000): Promise<ClientAnswer> {
    const input = JSON.stringify({ port: this.port, token: this.#token, ...request })
    const outcome = await this.#machine.root(`${NODE} ${HARNESS}/gateway-client.mjs`, { input, timeoutMs })
    if (outcome.code !== 0) throw new Error(`gateway of ${this.#machine.name}: ${outcome.stderr.slice(-800)}`)
    return JSON.parse(outcome.stdout) as ClientAnswer
  }

  /** Calls one method of the gateway on a connection of its own, with administrator's scope. */
  async call(method: string, params: object = {}): Promise<unknown> {
    const answer = await this.#client({ calls: [{ method, params }] })
    const [result] = answer.results
    if (!result?.ok) throw new Error(`${method}: ${result?.error}`)
    return result.payload
  }

  async sessions(): Promise<readonly SessionRow[]> {
    const list = (await this.call('sessions.list', {})) as { sessions: readonly SessionRow[] }
    return list.sessions
  }

  /** Each session with its conversation and its tokens, as the gateway itself says, in the order of their keys. */
  async conversations() {
    return (await this.sessions())
      .map(({ key, sessionId, totalTokens }) => ({ key, sessionId, totalTokens }))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  /** One real turn: the message goes to the model's stand-in; resolves when the run has ended, well or not. */
  async turn(agent: string, key: string, message: string): Promise<Turn> {
    const answer = await this.#client({ turns: [{ agent, key, message }] }, 150_000)
    const [turn] = answer.turns
    if (!turn) throw new Error('the turn has no outcome')
    return turn
  }

  /**
   * Grows a session by talking: `turns` real turns with a message of `kilobytes` each, about 256 tokens a kilobyte.
   * Unlike a size that one turn reports, this leaves a history that compaction can shorten.
   */
  async talk(agent: string, key: string, turns: number, kilobytes: number): Promise<void> {
    const messages = Array.from({ length: turns }, (_, index) => {
      const words = Array.from({ length: kilobytes * 256 }, (_word, i) =>
        ((index + 1) * 7919 + i * 31).toString(36),
      )
      return { agent, key, message: `Part ${index + 1}: ${words.join(' ').slice(0, kilobytes * 1024)}` }
    })
    const { turns: ends } = await this.#client({ turns: messages }, 30_000 + 120_000 * turns)
    requireAllOk(ends)
  }

  /** Grows sessions with one real turn each; resolves when the gateway itself lists the chosen sizes. */
  async grow(sessions: readonly SessionSpec[]): Promise<void> {
    if (sessions.length === 0) return
    const turns = sessions.map((session) => ({
      agent: session.agent,
      key: sessionKey(session),
      message: `TOKENS=${session.tokens} CACHED=${session.cachedTokens ?? 0} OUT=50 hello`,
    }))
    const { turns: ends } = await this.#client({ turns }, 30_000 + 120_000 * turns.length)
    requireAllOk(ends)
    // 2026.2.17 writes the sizes about a second after the run has ended.
    await eventually(`sessions of ${this.#machine.name} have their sizes`, 20_000, async () => {
      const rows = new Map((await this.sessions()).map((row) => [row.key, row.totalTokens]))
      return sessions.every((session) => rows.get(sessionKey(session)) === session.tokens) || undefined
    })
  }

  /**
   * Changes the shared secret on the node only; a client that still has the old one is refused from then on. On
   * 2026.2.17 the secret is in the unit file as well, and that copy is the one that counts.
   */
  async rotateToken(token = crypto.randomBytes(24).toString('hex')): Promise<void> {
    for (const inside of [this.#config, this.#unit]) {
      const file = this.#machine.file(inside)
      await fs.writeFile(file, (await fs.readFile(file, 'utf8')).replaceAll(this.#token, token))
    }
    if (!(await this.readConfig()).includes(token))
      throw new Error('the configuration does not hold the token')
    this.#token = token
    await this.#machine.user('systemctl --user daemon-reload')
    await this.restart()
  }

  /**
   * Starts the service anew without waiting for anything. Also out of `failed`, and however often it was started before:
   * the unit allows ten starts in five minutes, which tests would use up.
   */
  async begin(): Promise<void> {
    await this.systemctl('reset-failed')
    await this.systemctl('restart --no-block')
  }

  /** Restarts the service; resolves when it serves again. */
  async restart(): Promise<void> {
    // An answer of the old process must not pass for one of the new.
    await this.systemctl('stop')
    await this.begin()
    await this.waitReady()
  }
}
