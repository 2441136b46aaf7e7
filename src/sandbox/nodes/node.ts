import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import { machineClock } from '../clock.ts'
import { claimPort, type PortClaim } from '../port-claim.ts'
import type {
  GatewayControl,
  NodeFacts,
  NodeSpec,
  SandboxNode,
  ServiceTimings,
  SessionSpec,
  SshControl,
} from './control.ts'
import { gatewayControl, sessionOf, sshControl } from './controls.ts'
import { type CommandResult, ControlSocket } from './host/control-socket.ts'
import { type Home, makeHome, writeUnit } from './host/home.ts'
import { runOpenClaw } from './host/openclaw-cli.ts'
import { GatewayService } from './host/service.ts'
import { writeFirstState } from './host/state-folder.ts'
import type { SessionState } from './openclaw/sessions.ts'
import { OpenClawState } from './openclaw/state.ts'
import { isSince } from './releases.ts'
import { Processes } from './ssh/processes.ts'
import { SshHost } from './ssh/ssh-host.ts'

const USER = 'oc'
const MARKER = 'OPENCLAW_SANDBOX_NODE'
/** Quick enough for a demo, slow enough to be seen; a real gateway needs ten times as long. */
const TIMINGS: ServiceTimings = {
  readyMs: 1500,
  stopMs: 200,
  drainMs: 315_000,
  restartSecMs: 5000,
  crashAfterMs: 300,
  turnMs: 60,
  compactMs: 700,
  agentsSettleMs: 1000,
  tickMs: 30_000,
}

export interface NodeOptions {
  spec: NodeSpec
  clock: Clock
  authorizedKeys: readonly string[]
  /** The node's own directory; it is made here and removed at the end. */
  root: string
}

/** Starts one node. Whatever was started is ended again when a later step fails. */
export async function startNode(options: NodeOptions): Promise<SandboxNode> {
  const node = new EmbeddedNode(options, await claimPort())
  try {
    await node.start()
    return node
  } catch (error) {
    await node.close()
    throw error
  }
}

class EmbeddedNode implements SandboxNode {
  readonly id: string
  readonly name: string
  readonly host = '127.0.0.1'
  readonly user = USER
  readonly gatewayPort: number
  readonly gateway: GatewayControl
  readonly ssh: SshControl
  readonly #spec: NodeSpec
  readonly #clock: Clock
  readonly #home: Home
  readonly #openclaw: OpenClawState
  readonly #service: GatewayService
  readonly #processes: Processes
  readonly #claim: PortClaim
  readonly #sshHost: SshHost
  readonly #control: ControlSocket
  readonly #commands: string[] = []
  readonly #calls: string[] = []
  readonly #life = new AbortController()
  readonly #rhythms = new Map<string, AbortController>()
  #closing: Promise<void> | null = null

  constructor({ spec, clock, authorizedKeys, root }: NodeOptions, claim: PortClaim) {
    const gatewayPort = claim.port
    this.#claim = claim
    this.id = spec.id
    this.name = spec.name
    this.gatewayPort = gatewayPort
    this.#spec = spec
    this.#clock = clock
    const marker = { name: MARKER, value: randomUUID() }
    const environment = { [marker.name]: marker.value }
    mkdirSync(root, { recursive: true, mode: 0o700 })
    this.#home = makeHome({ spec, root, user: USER, gatewayPort, marker: environment })
    const drain = isSince(spec.version, '2026.5.12') ? {} : { drainMs: 0 }
    this.#openclaw = new OpenClawState({
      spec,
      home: this.#home.home,
      hostname: this.#home.hostname,
      nodeVersion: this.#home.nodeVersion,
      journalDirectory: join(this.#home.state, 'journal'),
      timings: { ...TIMINGS, ...drain, ...spec.timings },
      now: () => clock.now() + (spec.clockSkewMs ?? 0),
      pid: () => this.#service.pid ?? 0,
    })
    if (!spec.bare) {
      this.#openclaw.apply()
      this.#openclaw.seedSessions()
    }
    this.#service = new GatewayService({
      openclaw: this.#openclaw,
      unit: this.#home.unit,
      stateFile: join(this.#home.state, 'unit'),
      marker: environment,
      called: (method) => this.#calls.push(method),
    })
    this.#processes = new Processes(marker)
    this.#sshHost = new SshHost({
      user: USER,
      authorizedKeys,
      gatewayPort: () => gatewayPort,
      directory: this.#home.state,
      latencyMs: spec.latencyMs ?? 0,
      shell: {
        processes: this.#processes,
        home: this.#home.home,
        environment: this.#home.environment,
        ran: (command) => this.#commands.push(command),
      },
    })
    this.#control = new ControlSocket((argv, signal) => this.#run(argv, signal))
    this.gateway = gatewayControl({
      nodeId: spec.id,
      openclaw: this.#openclaw,
      service: this.#service,
      setSession: (key, change) => this.#setSession(key, change),
    })
    this.ssh = sshControl(this.#sshHost, this.#home.home)
  }

  get version(): NodeSpec['version'] {
    return this.#openclaw.version
  }

  get sshPort(): number {
    return this.#sshHost.port
  }

  get hostPublicKey(): string {
    return this.#sshHost.hostKey.publicKey
  }

  get fingerprint(): string {
    return this.#sshHost.hostKey.fingerprint
  }

  get home(): string {
    return this.#home.home
  }

  async start(): Promise<void> {
    await this.#control.listen(join(this.#home.state, 'control'))
    await this.#sshHost.start()
    const { state = this.#spec.bare ? 'stopped' : 'running' } = this.#spec
    if (state === 'crash-looping') this.#service.failStarts(1)
    if (state !== 'stopped') await this.#service.start()
    if (state === 'running') await this.#served()
    if (state === 'down') await this.#sshHost.goDark('refused')
    for (let turn = 0; turn < (this.#spec.runningTurns ?? 0); turn += 1) this.gateway.startTurn()
    for (const session of this.#openclaw.sessions.all()) this.#keepRhythm(session)
  }

  facts(): NodeFacts {
    const { gateway, pid, startCount, state } = this.#service
    return {
      starts: startCount,
      restarts: state.restarts,
      pid,
      bootId: gateway?.bootId ?? null,
      ready: gateway?.ready ?? false,
      commands: [...this.#commands],
      runningCommands: this.#processes.running,
      sshConnections: this.#sshHost.connections,
      calls: [...this.#calls],
      gatewayClients: gateway?.clients ?? 0,
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#life.abort(new Error('the node is closed'))
    for (const rhythm of this.#rhythms.values()) rhythm.abort(this.#life.signal.reason)
    await this.#sshHost.close()
    await this.#processes.close()
    await this.#service.close()
    this.#openclaw.close()
    await this.#control.close()
    this.#claim.release()
    rmSync(this.#home.root, { recursive: true, force: true })
  }

  async #served(): Promise<void> {
    while (!this.#service.gateway?.ready) await machineClock.sleep(10, this.#life.signal)
  }

  async #run([program, ...argv]: string[], signal: AbortSignal): Promise<CommandResult> {
    if (program === 'openclaw') {
      if (argv[0] === 'gateway' && argv[1] === 'install') return await this.#install()
      return await runOpenClaw(argv, this.#openclaw, this.#service, signal)
    }
    const [command, now] = argv
    if (command === 'daemon-reload') this.#service.reload()
    if (command === 'enable' || command === 'disable') this.#service.enable(command === 'enable')
    const starts = command === 'start' || (command === 'enable' && now === '--now')
    const stops = command === 'stop' || (command === 'disable' && now === '--now')
    if (starts) await this.#service.start()
    else if (stops) await this.#service.stop()
    else if (command === 'restart') await this.#service.restart()
    else if (command === 'try-restart' && this.#service.pid !== null) await this.#service.restart()
    return { code: 0 }
  }

  /** `openclaw gateway install`: writes the unit and starts it; it refuses a configuration that it would not start with. */
  async #install(): Promise<CommandResult> {
    const problem = this.#openclaw.config.problem()
    if (problem) return { stderr: `${problem}\n`, code: 1 }
    writeUnit(this.#spec, this.#home.unit, this.#home.home, this.gatewayPort)
    this.#service.reload()
    writeFirstState(this.#spec, this.#home.home)
    this.#service.enable(true)
    await this.#service.start()
    return { stdout: `${JSON.stringify({ action: 'install', ok: true })}\n`, code: 0 }
  }

  /** Lets a session's turns come by themselves while the gateway serves. */
  #keepRhythm(session: SessionState): void {
    this.#rhythms.get(session.key)?.abort(new Error('another rhythm'))
    this.#rhythms.delete(session.key)
    const { turnEveryMs, growPerTurn } = session.spec
    if (!turnEveryMs || !growPerTurn || this.#life.signal.aborted) return
    const rhythm = new AbortController()
    this.#rhythms.set(session.key, rhythm)
    const play = async () => {
      for (;;) {
        await this.#clock.sleep(turnEveryMs, rhythm.signal)
        const idle = session.status !== 'running' && this.#service.gateway?.ready === true
        if (idle && this.#openclaw.sessions.get(session.key) === session) {
          await this.#openclaw.turns.run(session, growPerTurn, 'Please go on.')
        }
      }
    }
    void play().catch(() => {})
  }

  #setSession(key: string, change: Partial<SessionSpec>): void {
    const session = sessionOf(this.#openclaw, key)
    Object.assign(session.spec, change)
    if (change.totalTokens !== undefined) {
      session.totalTokens = change.totalTokens
      session.fresh = change.totalTokens !== null
    }
    if (change.fresh !== undefined) session.fresh = change.fresh
    if (change.inputTokens !== undefined) session.inputTokens = change.inputTokens
    session.updatedAt = this.#openclaw.now()
    this.#openclaw.sessions.save(session.agentId)
    this.#openclaw.turns.changed(session, { reason: 'patch' })
    if (change.turnEveryMs !== undefined || change.growPerTurn !== undefined) this.#keepRhythm(session)
  }
}
