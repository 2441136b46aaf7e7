import type { Duplex, Readable } from 'node:stream'
import type { ParsedKey } from 'ssh2'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { CallLimits } from './call.ts'
import type { ExecResult } from './exec.ts'
import type { OfferedHostKey } from './host-keys.ts'
import type { NodeListener } from './node-listener.ts'
import type { ShellCommand } from './shell-quote.ts'

/**
 * One identity, parsed once at start: unlocking an encrypted key blocks the event loop for 0.3 to 1 s, so no
 * connection may do it again. `signer` is null when only the public half is known (the file is encrypted and no
 * passphrase was given); then an agent must hold the private half.
 */
export interface ParsedKeySource {
  /** Key type as in known_hosts, for example ssh-ed25519. */
  type: string
  /** The public key blob. */
  publicKey: Buffer
  /** `SHA256:` and the unpadded base64 digest. */
  fingerprint: string
  signer: ParsedKey | null
}

/** Who the bot is to its nodes. With a key whose private half is missing, only that identity of the agent is offered. */
export interface SshAuth {
  /** Path of the agent's UNIX socket. */
  agentSocket: string | null
  privateKey: ParsedKeySource | null
  /** Where the certificate of the private key lies, if there is one. Read at each login: many live for a few hours. */
  certificateFile?: string | null
}

/** A public host key as known_hosts spells it: the type and the base64 blob. */
export interface HostKey {
  type: string
  key: string
}

/** Where a node is and which host keys it may show. No host key means that none is trusted. */
export interface SshTarget {
  nodeId: string
  host: string
  port: number
  user: string
  hostKeys: readonly HostKey[]
  /** The host through whose connection this one is reached; absent or null for the direct way. It may have one itself. */
  via?: SshTarget | null
  /** Which of {@link SshPoolOptions.keys} logs in; absent or null for `auth`. */
  key?: string | null
}

/** How the pool behaves. All times in milliseconds. */
export interface SshPoolOptions {
  auth: SshAuth
  /** Who else the bot is, by name: to targets that name one. */
  keys?: ReadonlyMap<string, SshAuth>
  clock: Clock
  log: Log
  /** Budget of one connection attempt from DNS to login, for example 3000: six round trips of 300 ms and some. */
  connectTimeoutMs: number
  /** The same for a call marked `fresh`; 8000, or twice `connectTimeoutMs` when that is more, when absent. */
  freshConnectTimeoutMs?: number
  /** Attempts at once; 8 keeps the event loop's p99 near 30 ms. */
  parallelConnects?: number
  keepaliveIntervalMs?: number
  /** Unanswered keepalives after which a connection is lost. */
  keepaliveCountMax?: number
  /** Sessions at once per connection; OpenSSH allows 10 (MaxSessions). */
  maxChannels?: number
  /**
   * The long-lived shell on a node ends itself two to three of these after the last request, so that a bot that
   * vanished leaves nothing behind: 60000. Whole seconds.
   */
  shellNapMs?: number
}

declare const scriptBrand: unique symbol

/**
 * The text of a POSIX sh program that is part of this software. Only the `scriptText` template of script-text.ts
 * makes one, and it takes no values, so nothing that a person or a node said can become program text.
 */
export interface ScriptText {
  readonly text: string
  /**
   * `subshell` costs one fork per run and lets the text do as it likes; `inline` runs inside the held shell without
   * a fork, for texts of builtins that neither exit nor change variables, directory, options or traps they did not own.
   * An inline text prints nothing: its answer is what it leaves in the variable ocm_answer.
   */
  readonly isolation: 'subshell' | 'inline'
  /** `bash`: the text does more where the shell is bash, and is asked so often that the held shell should be one. */
  readonly shell: 'any' | 'bash'
  readonly [scriptBrand]: true
}

/** What a script printed. */
export interface ScriptResult {
  stdout: string
  /** The status of the script's last command. */
  code: number
  tookMs: number
  /** `shell`: the shell that was already there; `exec`: a new one. */
  via: 'shell' | 'exec'
}

/** Whether a node's connection is there. While it is `dialing` nothing has been heard of the host. */
export type SessionState = 'idle' | 'dialing' | 'connecting' | 'ready' | 'backing-off'

/**
 * The pooled connection of one node. Connects on first use. Every method rejects with an OperatorError and never
 * hangs:
 * - `node-unreachable` {node, reason}: nothing was run. `reason` is a ReasonCode; with `backing-off` there is also
 *   `last` (the reason of the last attempt) and `retryInMs`.
 * - `auth-failed` {node}, `key-unusable` {node, why}, `host-key-unknown` {node, type, fingerprint},
 *   `host-key-changed` {node, expected, offered}, `kex-unsupported` {node, what}: nothing was run.
 * - `connection-lost` {node}: the connection died before the command's exit status came; it may have run.
 * - `deadline` {node, seconds}, `cancelled` {node}: we gave up; a remote process was told to end. A deadline has `heard`
 *   where something came from the host meanwhile: it is slow, and not gone.
 * - `output-limit` {node, bytes}: it printed more than was allowed; a remote process was told to end.
 */
export interface SshSession {
  readonly nodeId: string
  /**
   * Runs a command under sh; stdin ends after the given data. A command that exits counts as done about 0.4 s after
   * its output falls silent, even when a process it left behind keeps the channel open.
   */
  exec(command: ShellCommand, limits: CallLimits & { stdin?: string | Uint8Array }): Promise<ExecResult>
  /**
   * Runs a program text with `args` as "$1", "$2"... in the node's long-lived shell: one round trip. Falls back to a
   * new shell when the long-lived one is busy or gone, so the text must be safe to run twice. Its stdin is /dev/null
   * and its stderr is dropped; text printed by shell start-up files is not part of the result.
   */
  script(script: ScriptText, limits: CallLimits & { args?: readonly string[] }): Promise<ScriptResult>
  /**
   * The lines of a command as they come. Ends quietly at abort and, once the command runs, at the deadline; a non-zero
   * exit throws remote-command-failed {node, exitCode} with the tail of stderr as detail.
   */
  lines(command: ShellCommand, limits: CallLimits): AsyncIterable<string>
  /**
   * A command's stdout as a stream that only ends when the command exited with 0, else it errors
   * (remote-command-failed, connection-lost, deadline, output-limit). Unbounded unless `maxOutputBytes` is set. Its stdin
   * ends after the given data.
   */
  download(command: ShellCommand, limits: CallLimits & { stdin?: Uint8Array }): Promise<Readable>
  /**
   * Runs a command and streams `source` into its stdin, as fast as the node takes it. An error of the source is thrown,
   * and then the command gets an end of file before its time: it must not take that for the end of the data.
   */
  upload(command: ShellCommand, source: Readable, limits: CallLimits): Promise<ExecResult>
  /**
   * A TCP connection from the node to a port of its own, on 127.0.0.1 or the address given as `host`. The stream errors
   * with connection-lost when the link dies.
   * @throws OperatorError gateway-unreachable {node, port, reason} when the node cannot connect to the port
   */
  openTcp(port: number, limits: CallLimits & { host?: string }): Promise<Duplex>
  /**
   * Asks one thing of a port of the node, on 127.0.0.1 or the address given as `host`, over a connection of its own:
   * writes the question and reads until the other side has said all, or more than `maxOutputBytes`. Costs less than a
   * stream of {@link openTcp}.
   * @throws OperatorError gateway-unreachable {node, port, reason} when the node cannot connect to the port
   */
  askTcp(port: number, question: string, limits: CallLimits & { host?: string }): Promise<Buffer>
  /**
   * Has the node listen on its own loopback, at a port that it chooses, and hands over whatever connects there until the
   * listener is closed or the connection dies. The limits are those of the opening.
   * @throws OperatorError forwarding-refused {node} where its SSH server does not allow that
   */
  listen(onConnection: (stream: Duplex) => void, limits: CallLimits): Promise<NodeListener>
  state(): SessionState
}

/** One connection per node, shared by everyone who asks. */
export interface SshPool {
  /**
   * The session of a node: cheap, ask every time. Asking with another address, user or host key closes the old
   * connection and forgets its failures; sessions handed out before are `cancelled`.
   */
  session(target: SshTarget): SshSession
  /**
   * Reads the host key that an address offers, without logging in; with `type`, its key of that type.
   * @throws OperatorError node-unreachable {node: "host:port", reason}, kex-unsupported, deadline, cancelled
   */
  scanHostKey(
    address: { host: string; port: number; via?: SshTarget | null; type?: string },
    limits: CallLimits,
  ): Promise<OfferedHostKey>
  /** Logs in, runs nothing, and hangs up. @throws OperatorError as {@link SshSession} names them, deadline, cancelled */
  login(target: SshTarget, limits: CallLimits): Promise<void>
  /** Closes the connection of a node and forgets its failures; sessions handed out before are `cancelled`. */
  forget(nodeId: string): Promise<void>
  /** Closes everything; calls still running and later ones are `cancelled`. */
  close(): Promise<void>
}
