import type { Duplex, Readable } from 'node:stream'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { type Advice, type Away, advise, afterFailure, awayError } from './breaker.ts'
import type { CallLimits } from './call.ts'
import { type Call, startCall } from './call.ts'
import { ChannelRefused } from './channel-refused.ts'
import type { Connection } from './connection.ts'
import type { Connector, Heed } from './connector.ts'
import type { Deadlines } from './deadlines.ts'
import { unreachable, type Wire } from './dial.ts'
import type { ExecResult } from './exec.ts'
import { runExec } from './exec.ts'
import { HeldShell } from './held-shell.ts'
import { type NodeListener, openListener } from './node-listener.ts'
import type { Link } from './process.ts'
import { reasonOf } from './reason-of.ts'
import { runScript } from './script.ts'
import type { ShellCommand } from './shell-quote.ts'
import { createSlots } from './slots.ts'
import type { ScriptResult, ScriptText, SessionState, SshSession, SshTarget } from './ssh.ts'
import { askTunnel, openJump, openTunnel } from './tcp-tunnel.ts'
import { readLines, startDownload } from './transfer.ts'
import { runUpload } from './upload.ts'

/** What a session needs from its pool. */
export interface SessionOptions {
  connector: Connector
  clock: Clock
  deadlines: Deadlines
  log: Log
  connectTimeoutMs: number
  freshConnectTimeoutMs: number
  maxChannels: number
  /** Tunnels at once; OpenSSH has no limit of its own for them. */
  maxTunnels: number
  shellNapMs: number
}

interface Held extends Link {
  readonly shell: HeldShell
}

/** The connection of one node with its memory of failures. */
export class NodeSession implements SshSession {
  readonly nodeId: string
  readonly target: SshTarget
  readonly #options: SessionOptions
  readonly #end = new AbortController()
  #held: Held | null = null
  #connecting: Promise<Held> | null = null
  #away: Away | null = null
  /** Whether the attempt under way has found something that listens, and whether that speaks SSH. */
  #reached = false
  #heard = false

  constructor(target: SshTarget, options: SessionOptions) {
    this.nodeId = target.nodeId
    this.target = target
    this.#options = options
  }

  exec(command: ShellCommand, limits: CallLimits & { stdin?: string | Uint8Array }): Promise<ExecResult> {
    return this.#call(limits, (held, call) => runExec(held, command.shellText, call, limits.stdin))
  }

  script(script: ScriptText, limits: CallLimits & { args?: readonly string[] }): Promise<ScriptResult> {
    return this.#call(limits, async (held, call) => {
      try {
        return await runScript(held, held.shell, script, limits.args ?? [], call)
      } catch (error) {
        if (error instanceof OperatorError && error.code === 'remote-command-failed') this.#leave(held)
        throw error
      }
    })
  }

  async *lines(command: ShellCommand, limits: CallLimits): AsyncGenerator<string> {
    const call = this.#start(limits)
    try {
      const held = await this.#ready(call)
      yield* readLines(held, command, call)
    } catch (error) {
      if (limits.signal?.aborted && !this.#end.signal.aborted) return
      throw this.#explain(error)
    } finally {
      call.end()
    }
  }

  async download(command: ShellCommand, limits: CallLimits & { stdin?: Uint8Array }): Promise<Readable> {
    const call = this.#start(limits)
    try {
      return await this.#run(call, (held) => startDownload(held, command, call, limits))
    } catch (error) {
      call.end()
      throw this.#explain(error)
    }
  }

  async upload(command: ShellCommand, source: Readable, limits: CallLimits): Promise<ExecResult> {
    try {
      return await this.#call(limits, (held, call) => runUpload(held, command, call, source))
    } finally {
      source.destroy()
    }
  }

  openTcp(port: number, limits: CallLimits & { host?: string }): Promise<Duplex> {
    return this.#call(limits, (held, call) => openTunnel(held, port, call, limits.host))
  }

  askTcp(port: number, question: string, limits: CallLimits & { host?: string }): Promise<Buffer> {
    return this.#call(limits, (held, call) => askTunnel(held, port, question, call, limits.host))
  }

  listen(onConnection: (stream: Duplex) => void, limits: CallLimits): Promise<NodeListener> {
    return this.#call(limits, (held, call) => openListener(held, onConnection, call))
  }

  /** A way through this host to another one; what fails is told in the other one's name. */
  openJump(to: { node: string; host: string; port: number }, limits: CallLimits): Promise<Wire> {
    return this.#call(limits, (held, call) => openJump(held, to, call))
  }

  state(): SessionState {
    if (this.#live() !== null) return 'ready'
    if (this.#connecting !== null) return this.#reached ? 'connecting' : 'dialing'
    return this.#advice(false) === 'try' ? 'idle' : 'backing-off'
  }

  /** Ends everything; every later call is `cancelled`. */
  async dispose(): Promise<void> {
    this.#end.abort(new OperatorError('cancelled', { node: this.nodeId }))
    const held = this.#held
    this.#held = null
    await this.#connecting?.catch(() => undefined)
    await held?.connection.close()
  }

  async #call<T>(limits: CallLimits, work: (held: Held, call: Call) => Promise<T>): Promise<T> {
    const call = this.#start(limits)
    try {
      return await this.#run(call, (held) => work(held, call))
    } catch (error) {
      throw this.#explain(error)
    } finally {
      call.end()
    }
  }

  #start(limits: CallLimits): Call {
    return startCall(this.nodeId, limits, this.#options.deadlines)
  }

  /** A connection found dead before anything was sent is replaced once; nothing was run, so nothing runs twice. */
  async #run<T>(call: Call, work: (held: Held) => Promise<T>): Promise<T> {
    const held = this.#live() ?? (await this.#ready(call))
    const { bytesRead } = held.connection
    try {
      return await work(held)
    } catch (error) {
      if (error instanceof ChannelRefused) return await work(await this.#ready(call))
      if (error !== call.givenUp() || held.connection.bytesRead === bytesRead) throw error
      throw heardMeanwhile(error as OperatorError)
    }
  }

  #explain(error: unknown): OperatorError {
    if (this.#end.signal.aborted) return this.#end.signal.reason
    if (error instanceof OperatorError) return error
    if (error instanceof ChannelRefused) return unreachable(this.nodeId, 'connection-dropped', error)
    return new OperatorError('internal', { node: this.nodeId }, { cause: error })
  }

  async #ready(call: Call): Promise<Held> {
    this.#end.signal.throwIfAborted()
    const live = this.#live()
    if (live !== null) return live
    const advice = this.#advice(call.fresh)
    const attempt = this.#connecting ?? (advice === 'fail' ? null : this.#connect(call.fresh))
    if (this.#away !== null && (attempt === null || advice !== 'try')) {
      throw awayError(this.nodeId, this.#away, this.#options.clock.monotonic())
    }
    if (attempt === null) throw unreachable(this.nodeId, 'backing-off')
    try {
      return await call.race(attempt)
    } catch (error) {
      const outOfTime = error === call.givenUp()
      if (!outOfTime || (error as OperatorError).code !== 'deadline') throw error
      throw unreachable(this.nodeId, this.#heard ? 'node-slow' : 'deadline', error)
    }
  }

  #advice(fresh: boolean): Advice {
    return advise(this.#away, this.#options.clock.monotonic(), fresh)
  }

  #live(): Held | null {
    return this.#held !== null && this.#held.connection.lost === null ? this.#held : null
  }

  /**
   * A login keeps the shell and the rights that it began with. Where it ran no script, only a new one shows that somebody
   * has mended that; so it is given up, unless something else lives in it.
   */
  #leave(held: Held): void {
    if (this.#held !== held || held.sessions.taken() > 0 || held.tunnels.taken() > 0) return
    this.#held = null
    void held.connection.close()
  }

  #connect(fresh: boolean): Promise<Held> {
    const { connector, clock, deadlines, log, connectTimeoutMs, freshConnectTimeoutMs } = this.#options
    const { maxChannels, maxTunnels, shellNapMs } = this.#options
    const startedAt = clock.monotonic()
    const budget = fresh ? freshConnectTimeoutMs : connectTimeoutMs
    const node = this.nodeId

    const connected = (connection: Connection): Held => {
      this.#connecting = null
      this.#away = null
      const link: Link = {
        connection,
        clock,
        deadlines,
        sessions: createSlots(maxChannels),
        tunnels: createSlots(maxTunnels),
      }
      const held = { ...link, shell: new HeldShell(link, shellNapMs) }
      if (this.#end.signal.aborted) {
        connection.destroy()
        throw this.#end.signal.reason
      }
      this.#held = held
      log.debug({ node, tookMs: Math.round(clock.monotonic() - startedAt) }, 'ssh connected')
      connection.onLost((lost) => log.info({ node, cause: messageOf(lost.cause) }, 'ssh connection lost'))
      return held
    }
    const failed = (cause: unknown): never => {
      this.#connecting = null
      if (this.#end.signal.aborted) throw this.#end.signal.reason
      const error = this.#explain(cause)
      this.#away = afterFailure(this.#away, error, clock.monotonic(), Math.random())
      log.info(
        { node, code: error.code, reason: reasonOf(error), cause: messageOf(error.cause) },
        'ssh connect failed',
      )
      throw error
    }
    this.#reached = false
    this.#heard = false
    const heed: Heed = {
      onReached: () => {
        this.#reached = true
      },
      onHeard: () => {
        this.#heard = true
      },
    }
    const attempt = connector.connect(this.target, budget, this.#end.signal, heed).then(connected, failed)
    // a probe has nobody who waits for it
    attempt.catch(() => undefined)
    this.#connecting = attempt
    return attempt
  }
}

/** The end of a call during which the host was heard: it is there, though it did not answer this in time. */
function heardMeanwhile(error: OperatorError): OperatorError {
  if (error.code !== 'deadline') return error
  return new OperatorError('deadline', { ...error.params, heard: 'yes' }, { cause: error })
}

function messageOf(cause: unknown): string | undefined {
  return cause instanceof Error ? cause.message : undefined
}
