import type { ClientChannel } from 'ssh2'
import { OVER } from '../base/abort.ts'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import type { Call } from './call.ts'
import { ChannelRefused } from './channel-refused.ts'
import type { Connection } from './connection.ts'
import type { Deadlines } from './deadlines.ts'
import { unreachable } from './dial.ts'
import { quoteWord } from './shell-quote.ts'
import type { Slots } from './slots.ts'

/** What the guard gets to kill a command, and then the node to agree to the end of the channel. */
const KILL_MS = 2_500
const CLOSE_MS = 1_000
/** How much later than we the node itself ends a command whose bot has vanished. */
const NODE_SIDE_GRACE_S = 2
/** A session that the server refuses although it has none of ours: its count may lag behind a close. */
const REFUSED_RETRIES = 5
const REFUSED_RETRY_MS = 50

/**
 * Runs "$2" under sh for at most "$1" seconds (where timeout(1) exists). Without input it also ends the command at our
 * end-of-file: OpenSSH refuses SSH's own signals for root logins and forced commands, ssh2 sends none after
 * end-of-file, and a connection that dies brings the end of file by itself. With "$3" bytes of input, or `all` that comes,
 * the pipe is taken, and the time limit has to do. timeout(1) leads a process group, so all that the command started ends with it.
 */
const GUARD = `exec 3<&0 </dev/null
run() { if command -v timeout >/dev/null 2>&1; then exec timeout -k 2 "$1" sh -c "$2"; else exec sh -c "$2"; fi; }
stop() { kill -s "$1" -- "-$child" 2>/dev/null || kill -s "$1" "$child" 2>/dev/null; }
if [ "$3" = all ]; then run "$1" "$2" <&3 3<&-; fi
if [ "$3" != 0 ]; then head -c "$3" <&3 | run "$1" "$2" 3<&-; exit; fi
trap 'stop TERM; sleep 1; stop KILL; exit 143' USR1 TERM HUP INT
run "$1" "$2" 3<&- & child=$!
{ read -r line; kill -s USR1 "$$"; } <&3 >/dev/null 2>&1 &
wait "$child"
`

/** A live connection and what it hands out. */
export interface Link {
  readonly connection: Connection
  readonly sessions: Slots
  readonly tunnels: Slots
  readonly clock: Clock
  readonly deadlines: Deadlines
}

/** How a remote process ended. */
export interface Exit {
  code: number | null
  signal: string | null
}

/** A remote process behind one channel. */
export interface RemoteProcess {
  readonly channel: ClientChannel
  /** Null until the exit status arrived, which is the only proof that the command ran to its end. */
  exit(): Exit | null
  onExit(listener: () => void): void
  /** Called once when nothing more will come; with the error when the connection died. */
  onClosed(listener: (lost: OperatorError | null) => void): void
  /** Ends it: end-of-file, on which the guard on the node kills it; then the channel is closed. */
  terminate(): void
  closed(): boolean
}

/** The command line that runs `text` with exactly `inputBytes` bytes on stdin, bounded on the node as well. */
export function guardedCommand(text: string, leftMs: number, inputBytes: number | 'all' = 0): string {
  const seconds = Math.ceil(leftMs / 1000) + NODE_SIDE_GRACE_S
  return `exec sh -c ${quoteWord(GUARD)} ocm ${seconds} ${quoteWord(text)} ${inputBytes}`
}

/**
 * Opens a session channel for a command line, waiting for a free one. `attach` runs in the tick in which the channel
 * opened. When the call ends first, a command that starts all the same is ended at once.
 *
 * @throws ChannelRefused when the connection was dead before the command was sent
 * @throws OperatorError connection-lost, node-unreachable, deadline, cancelled
 */
export async function startProcess<T>(
  link: Link,
  commandLine: string,
  call: Call,
  attach: (process: RemoteProcess) => T,
): Promise<T> {
  for (let refusals = 0; ; ) {
    const release = await link.sessions.take(call.signal)
    const opening = link.connection.exec(commandLine, (channel) => {
      const process = supervise(channel, link)
      process.onClosed(release)
      if (!call.signal.aborted) return { attached: attach(process) }
      process.terminate()
      throw call.signal.reason
    })
    opening.catch((error) => {
      if (error !== call.signal.reason) release()
    })
    try {
      return (await call.race(opening)).attached
    } catch (error) {
      if (!(error instanceof ChannelRefused) || error.why === 'gone') throw error
      const others = link.sessions.taken()
      if (error.why === 'policy' || (others === 0 && ++refusals > REFUSED_RETRIES)) {
        throw unreachable(call.node, 'permission-denied', error)
      }
      if (others > 0) link.sessions.lower(others)
      else await call.race(link.clock.sleep(REFUSED_RETRY_MS))
    }
  }
}

/** Sends all of stdin and leaves it open. The command may end without reading it. */
export function feed(process: RemoteProcess, input: string | Uint8Array): void {
  process.channel.write(typeof input === 'string' ? Buffer.from(input, 'utf8') : input)
}

/** The command printed more than its call allows. */
export function outputLimit(call: Call): OperatorError {
  return new OperatorError('output-limit', { node: call.node, bytes: call.maxOutputBytes })
}

function supervise(channel: ClientChannel, link: Link): RemoteProcess {
  let exit: Exit | null = null
  let done: { lost: OperatorError | null } | null = null
  let ending = false
  const exitListeners: (() => void)[] = []
  const closeListeners: ((lost: OperatorError | null) => void)[] = []
  let over: AbortController | null = null

  const finish = (lost: OperatorError | null) => {
    if (done !== null) return
    done = { lost }
    stopListening()
    over?.abort(OVER)
    for (const listener of closeListeners) listener(lost)
  }
  const stopListening = link.connection.onLost(finish)
  channel.on('error', () => undefined)
  channel.stderr.on('error', () => undefined)
  channel.on('exit', (code: number | null, signal?: string) => {
    exit ??= { code, signal: signal ?? null }
    for (const listener of exitListeners) listener()
  })
  channel.on('close', () => finish(null))

  async function end(): Promise<void> {
    over = new AbortController()
    if (exit === null) {
      channel.end()
      await link.clock.sleep(KILL_MS, over.signal)
    }
    channel.close()
    await link.clock.sleep(CLOSE_MS, over.signal)
    finish(null)
  }

  return {
    channel,
    exit: () => exit,
    closed: () => done !== null,
    onExit(listener) {
      if (exit === null) exitListeners.push(listener)
      else listener()
    },
    onClosed(listener) {
      if (done === null) closeListeners.push(listener)
      else listener(done.lost)
    },
    terminate() {
      if (ending || done !== null) return
      ending = true
      channel.resume()
      channel.stderr.resume()
      end().catch(() => undefined)
    },
  }
}
