import { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { OperatorError } from '../base/errors.ts'
import type { Call } from './call.ts'
import { connectionLost } from './failures.ts'
import { keyRestricted } from './key-restricted.ts'
import { feed, guardedCommand, type Link, outputLimit, type RemoteProcess, startProcess } from './process.ts'
import type { ShellCommand } from './shell-quote.ts'

/** Characters of stderr that are kept for the error. */
const STDERR_TAIL = 2_000
/** A longer line is handed out in pieces. */
const LONGEST_LINE = 64 * 1024
/** Pieces of a stream, of 32 KiB at most each, that wait for a slow reader before the node is slowed down. */
const PIECES_AHEAD = 32
/** Lines that wait for a slow reader before the node is slowed down. */
const LINES_AHEAD = 1_000

/** Streams a command's stdout; see {@link SshSession.download}. The call ends with the stream. */
export async function startDownload(
  link: Link,
  command: ShellCommand,
  call: Call,
  { maxOutputBytes, stdin }: { maxOutputBytes?: number; stdin?: Uint8Array },
): Promise<Readable> {
  const line = guardedCommand(command.shellText, call.leftMs(), stdin?.length)
  return await startProcess(link, line, call, (process) => {
    const stream = downloadStream(process, call, maxOutputBytes !== undefined)
    if (stdin !== undefined && stdin.length > 0) feed(process, stdin)
    return stream
  })
}

function downloadStream(process: RemoteProcess, call: Call, bounded: boolean): Readable {
  const { channel } = process
  const errors = keepTail(process)
  let bytes = 0
  const stream = new Readable({
    // Piece by piece: a stream of bytes copies all that waits into one buffer whenever it is read.
    objectMode: true,
    highWaterMark: PIECES_AHEAD,
    read: () => channel.resume(),
    destroy(error, done) {
      call.signal.removeEventListener('abort', onAbort)
      call.end()
      process.terminate()
      done(error)
    },
  })
  // A command can fail before anyone reads: a later reader is told so, but nobody listening yet must not end the bot.
  stream.on('error', () => undefined)
  const onAbort = () => stream.destroy(call.signal.reason)
  if (call.signal.aborted) onAbort()
  call.signal.addEventListener('abort', onAbort, { once: true })

  channel.on('data', (chunk: Buffer) => {
    if (stream.destroyed) return
    bytes += chunk.length
    if (bounded && bytes > call.maxOutputBytes) stream.destroy(outputLimit(call))
    else if (!stream.push(chunk)) channel.pause()
  })
  process.onClosed((lost) => {
    const failure = lost ?? failureOf(process, call, errors())
    if (failure === null) stream.push(null)
    else stream.destroy(failure)
  })
  return stream
}

/** Yields a command's lines; see {@link SshSession.lines}. */
export async function* readLines(link: Link, command: ShellCommand, call: Call): AsyncGenerator<string> {
  const line = guardedCommand(command.shellText, call.leftMs())
  const reader = await startProcess(link, line, call, (process) => lineReader(process, call))
  try {
    while (true) {
      const next = reader.take()
      if (next !== null) yield next
      else if (reader.over()) break
      else await reader.more()
    }
  } finally {
    reader.stop()
  }
  const failure = reader.failure()
  if (failure !== null) throw failure
}

interface LineReader {
  take(): string | null
  /** Settles when something changed. */
  more(): Promise<void>
  over(): boolean
  failure(): OperatorError | null
  stop(): void
}

function lineReader(process: RemoteProcess, call: Call): LineReader {
  const { channel } = process
  const decoder = new StringDecoder('utf8')
  const errors = keepTail(process)
  const lines: string[] = []
  let partial = ''
  let bytes = 0
  let over = false
  let failure: OperatorError | null = null
  let wake: () => void = () => undefined

  const finish = (error: OperatorError | null) => {
    if (over) return
    over = true
    failure = error
    call.signal.removeEventListener('abort', onAbort)
    process.terminate()
    wake()
  }
  const onAbort = () => finish(null)
  if (call.signal.aborted) onAbort()
  call.signal.addEventListener('abort', onAbort, { once: true })

  const accept = (text: string) => {
    const pieces = (partial + text).split('\n')
    partial = pieces.pop() ?? ''
    for (const piece of pieces) lines.push(piece.endsWith('\r') ? piece.slice(0, -1) : piece)
    while (partial.length > LONGEST_LINE) {
      lines.push(partial.slice(0, LONGEST_LINE))
      partial = partial.slice(LONGEST_LINE)
    }
  }
  channel.on('data', (chunk: Buffer) => {
    if (over) return
    bytes += chunk.length
    accept(decoder.write(chunk))
    if (lines.length > LINES_AHEAD) channel.pause()
    if (bytes > call.maxOutputBytes) finish(outputLimit(call))
    else wake()
  })
  process.onClosed((lost) => {
    if (over) return
    accept(decoder.end())
    if (partial !== '') lines.push(partial)
    finish(lost ?? failureOf(process, call, errors()))
  })

  return {
    take() {
      const line = lines.shift() ?? null
      if (lines.length === 0 && !over) channel.resume()
      return line
    },
    more: () =>
      new Promise((resolve) => {
        wake = resolve
      }),
    over: () => over && lines.length === 0,
    failure: () => failure,
    stop: () => finish(null),
  }
}

/** Reads stderr to its end and keeps the last of it. */
function keepTail(process: RemoteProcess): () => string {
  const decoder = new StringDecoder('utf8')
  let tail = ''
  process.channel.stderr.on('data', (chunk: Buffer) => {
    tail = (tail + decoder.write(chunk)).slice(-STDERR_TAIL)
  })
  return () => tail
}

function failureOf(process: RemoteProcess, call: Call, stderr: string): OperatorError | null {
  const exit = process.exit()
  if (exit === null) return connectionLost(call.node)
  if (exit.code === 0) return null
  const refused = keyRestricted(call.node, exit.code, stderr)
  if (refused !== null) return refused
  return new OperatorError(
    'remote-command-failed',
    { node: call.node, exitCode: exit.code ?? exit.signal ?? -1 },
    { detail: stderr },
  )
}
