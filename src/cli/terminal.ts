import { once } from 'node:events'
import { isatty } from 'node:tty'

/** Where the command line writes and whom it can ask. */
export interface Terminal {
  /** Standard output: results. */
  out(text: string): void
  /** Standard error: questions, progress, errors. */
  err(text: string): void
  /** The size of standard output; null when it is no terminal. */
  screen(): { columns: number; rows: number } | null
  /** Standard error is a terminal, so that somebody watches. */
  readonly watched: boolean
  /** Somebody can answer a question. */
  readonly canAsk: boolean
  /** Asks and resolves with the line that was typed; an empty one when the input ended. */
  ask(question: string, signal: AbortSignal): Promise<string>
  /** The same for a secret: what is typed is not shown. */
  askHidden(question: string, signal: AbortSignal): Promise<string>
  /** Everything on standard input, for what a program hands over. */
  input(): Promise<string>
  /** Ends when nobody reads standard output any more (`| head`). */
  readonly gone: AbortSignal
  /** Resolves when everything is written. */
  flush(): Promise<void>
}

/** Asked by their numbers: to open a stream takes a millisecond or two, and few commands need these. */
const STDIN = 0
const STDERR = 2

/** The terminal of this process. A reader that left is no error: what is written then goes nowhere. */
export function openTerminal(streams: Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr'>): Terminal {
  const { stdout } = streams
  const gone = new AbortController()
  stdout.on('error', () => gone.abort())
  let opened: NodeJS.WriteStream | null = null
  const stderr = () => {
    opened ??= streams.stderr.on('error', () => undefined)
    return opened
  }
  return {
    out(text) {
      if (!gone.signal.aborted) stdout.write(text)
    },
    err(text) {
      if (!stderr().destroyed) stderr().write(text)
    },
    screen: () => (stdout.isTTY ? { columns: stdout.columns || 80, rows: stdout.rows || 24 } : null),
    watched: isatty(STDERR),
    canAsk: isatty(STDIN) && isatty(STDERR),
    async ask(question, signal) {
      const { createInterface } = await import('node:readline')
      const lines = createInterface({ input: streams.stdin, output: stderr(), terminal: false })
      try {
        stderr().write(question)
        const answered = once(lines, 'line', { signal }).then(([line]) => String(line))
        const ended = once(lines, 'close', { signal }).then(() => '')
        ended.catch(() => undefined)
        answered.catch(() => undefined)
        return await Promise.race([answered, ended])
      } finally {
        lines.close()
      }
    },
    async askHidden(question, signal) {
      const { readHidden } = await import('./hidden-line.ts')
      return readHidden(streams.stdin, stderr(), question, signal)
    },
    async input() {
      const { text } = await import('node:stream/consumers')
      return text(streams.stdin)
    },
    gone: gone.signal,
    async flush() {
      if (gone.signal.aborted || stdout.writableLength === 0) return
      await new Promise<void>((resolve) => {
        gone.signal.addEventListener('abort', () => resolve(), { once: true })
        stdout.write('', () => resolve())
      })
    },
  }
}
