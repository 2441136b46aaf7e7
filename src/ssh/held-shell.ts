import { type Call, startCall } from './call.ts'
import { runExec } from './exec.ts'
import {
  createMarker,
  createReader,
  defineFunction,
  FRAME_PRELUDE,
  type FrameReader,
  requestLine,
} from './frame.ts'
import { type Link, outputLimit, type RemoteProcess, startProcess } from './process.ts'
import { quoteWord } from './shell-quote.ts'
import type { ScriptText } from './ssh.ts'

/** A sign of life is sent with the first request after this share of a nap. */
const BEATS_PER_NAP = 4
/** A shell that broke this often on one connection is not started again. */
const MOST_FAILURES = 2

/**
 * The watcher starts after this share of a nap: it costs a node 4 ms, a tenth of a whole login, which a command that
 * asks once and leaves need not pay. Of a bot that vanishes sooner only sshd's own TCP keep-alive takes notice.
 */
const WATCHES_PER_NAP = 12

/**
 * A bot that lost its power leaves no end-of-file behind, and POSIX `read` has no time limit (dash: "Illegal option
 * -t"), so a watcher naps beside the shell and ends it when no USR1, a builtin's worth of work, came in two naps. When
 * it does, sshd has something to send, finds the link dead and ends the session too. `wait` returns at every signal,
 * hence the inner loop. The shell leads a process group: a script that hangs in it goes with it.
 */
const watcher = (napMs: number) => `{
  ocm_naps=0
  trap 'ocm_naps=0' USR1
  trap 'kill "$ocm_nap" 2>/dev/null; exit 0' TERM HUP INT
  while kill -0 "$$" 2>/dev/null && [ "$ocm_naps" -lt 3 ]; do
    sleep ${Math.ceil(napMs / 1000)} & ocm_nap=$!
    while kill -0 "$ocm_nap" 2>/dev/null; do wait "$ocm_nap"; done
    ocm_naps=$((ocm_naps + 1))
  done
  kill -- "-$$" 2>/dev/null || kill "$$"
} </dev/null >/dev/null 2>&1 &
ocm_watcher=$!
trap 'kill "$ocm_watcher" 2>/dev/null' EXIT
`
const BEAT = 'kill -s USR1 "$ocm_watcher" 2>/dev/null\n'

/**
 * How each kind of shell is started. A bash reads no start-up file: with a network behind its stdin it would read
 * .bashrc by itself. It costs a node 2 ms more than a dash, which is why only what is asked again and again wants one.
 */
const STARTS = {
  any: 'exec sh',
  bash: `exec sh -c ${quoteWord(
    'command -v bash >/dev/null 2>&1 && exec bash --norc --noprofile --posix; exec sh',
  )}`,
} as const satisfies Record<ScriptText['shell'], string>

/** For killing a shell that does not answer. */
const KILL_DEADLINE_MS = 5_000

/** What the shell answered, or why another way must be taken. */
export type ShellAnswer =
  | { kind: 'answer'; stdout: string; code: number }
  /** Busy, broken or not startable; the script may or may not have run. */
  | { kind: 'unavailable' }

const UNAVAILABLE: ShellAnswer = { kind: 'unavailable' }

interface Request {
  reader: FrameReader
  call: Call
  settle(answer: ShellAnswer): void
  fail(error: unknown): void
}

/** The one long-lived shell of a connection, sh or bash; runs one script at a time. */
export class HeldShell {
  readonly #link: Link
  readonly #napMs: number
  /** The scripts that the shell knows, by their text. */
  readonly #functions = new Map<string, string>()
  #process: RemoteProcess | null = null
  /** What {@link #process} was started as. */
  #kind: ScriptText['shell'] = 'any'
  #pid: number | null = null
  #starting = false
  #request: Request | null = null
  #failures = 0
  #lastBeat = 0

  /** @param napMs the shell ends itself after two to three naps without a request */
  constructor(link: Link, napMs: number) {
    this.#link = link
    this.#napMs = napMs
  }

  /**
   * Runs a script when the shell is free, else says `unavailable` at once.
   * @throws OperatorError deadline, cancelled, output-limit, connection-lost
   */
  run(script: ScriptText, args: readonly string[], call: Call): Promise<ShellAnswer> {
    if (this.#starting || this.#request !== null || this.#failures >= MOST_FAILURES) {
      return Promise.resolve(UNAVAILABLE)
    }
    if (script.shell === 'bash' && this.#kind !== 'bash') this.#leave()
    if (this.#process !== null) return this.#ask(this.#process, script, args, call)
    return this.#start(script.shell, call).then((process) => this.#ask(process, script, args, call))
  }

  /** Makes room for a shell of another kind, before that is opened: a server may allow no second session. */
  #leave(): void {
    const process = this.#process
    this.#process = null
    process?.terminate()
  }

  async #start(kind: ScriptText['shell'], call: Call): Promise<RemoteProcess> {
    this.#starting = true
    try {
      return await startProcess(this.#link, STARTS[kind], call, (process) => {
        this.#process = process
        this.#kind = kind
        this.#pid = null
        this.#functions.clear()
        this.#lastBeat = this.#link.clock.monotonic()
        process.channel.on('data', (chunk: Buffer) => this.#onData(process, chunk))
        process.channel.stderr.resume()
        const unwatch = this.#link.deadlines.add(this.#napMs / WATCHES_PER_NAP, () =>
          process.channel.write(watcher(this.#napMs)),
        )
        process.onClosed((lost) => {
          unwatch()
          this.#onClosed(process, lost)
        })
        process.channel.write(FRAME_PRELUDE)
        return process
      })
    } finally {
      this.#starting = false
    }
  }

  #ask(
    process: RemoteProcess,
    script: ScriptText,
    args: readonly string[],
    call: Call,
  ): Promise<ShellAnswer> {
    return new Promise((resolve, reject) => {
      const late = call.givenUp()
      if (late !== null) return reject(late)
      if (process.closed()) return resolve(UNAVAILABLE)
      const marker = createMarker()
      const stop = call.onGivenUp((error) => {
        request.fail(error)
        this.#drop(process)
      })
      const request: Request = {
        reader: createReader(marker, call.maxOutputBytes),
        call,
        settle: (answer) => {
          this.#over(request, stop)
          resolve(answer)
        },
        fail: (error) => {
          this.#over(request, stop)
          reject(error)
        },
      }
      this.#request = request
      process.channel.write(this.#beat() + this.#commands(marker, script, args))
    })
  }

  #over(request: Request, stop: () => void): void {
    stop()
    this.#pid = request.reader.pid() ?? this.#pid
    this.#request = null
  }

  #onData(process: RemoteProcess, chunk: Buffer): void {
    const request = this.#request
    if (request === null || process !== this.#process) return
    const answer = request.reader.take(chunk)
    if (answer !== null) {
      this.#failures = 0
      request.settle({ kind: 'answer', ...answer })
    } else if (request.reader.overflow()) {
      request.fail(outputLimit(request.call))
      this.#drop(process)
    }
  }

  #onClosed(process: RemoteProcess, lost: unknown): void {
    if (process !== this.#process) return
    this.#process = null
    const request = this.#request
    if (request === null) return
    this.#failures += 1
    if (lost !== null) request.fail(lost)
    else request.settle(UNAVAILABLE)
  }

  /**
   * A shell that is busy with something we gave up on cannot be used again. It does not read its input, so it is killed
   * by another command: as sshd's session leader it leads a process group that holds all it started.
   */
  #drop(process: RemoteProcess): void {
    const pid = this.#pid
    if (process === this.#process) this.#process = null
    process.terminate()
    if (pid === null) return
    const { connection, deadlines } = this.#link
    const call = startCall(connection.node, { deadlineMs: KILL_DEADLINE_MS }, deadlines)
    runExec(this.#link, `kill -s KILL -- -${pid} 2>/dev/null || kill -s KILL ${pid}`, call, undefined)
      .catch(() => undefined)
      .finally(() => call.end())
  }

  #beat(): string {
    const now = this.#link.clock.monotonic()
    if (now - this.#lastBeat < this.#napMs / BEATS_PER_NAP) return ''
    this.#lastBeat = now
    return BEAT
  }

  /** What the shell must read to run a script; its text only the first time. */
  #commands(marker: string, script: ScriptText, args: readonly string[]): string {
    const known = this.#functions.get(script.text)
    if (known !== undefined) return requestLine(marker, known, script.isolation, args)
    const name = `ocm_script_${this.#functions.size}`
    this.#functions.set(script.text, name)
    return defineFunction(name, script) + requestLine(marker, name, script.isolation, args)
  }
}
