import { once } from 'node:events'
import type { ReadStream } from 'node:tty'

const ENTER = /[\r\n]/
const ERASE = /[\u007f\b]/
/** In raw mode the terminal makes no signal of Ctrl-C, and no end of Ctrl-D. */
const INTERRUPT = '\u0003'
const END = '\u0004'

/**
 * Asks for a line that the terminal does not show.
 * @returns what was typed; empty when the input ended or somebody interrupted
 * @throws when `signal` ends it
 */
export async function readHidden(
  input: ReadStream & { fd: 0 },
  output: NodeJS.WritableStream,
  question: string,
  signal: AbortSignal,
): Promise<string> {
  input.setRawMode(true)
  input.setEncoding('utf8')
  let line = ''
  try {
    output.write(question)
    for (;;) {
      input.resume()
      const [keys] = await Promise.race([
        once(input, 'data', { signal }) as Promise<[string]>,
        once(input, 'end', { signal }).then((): [string] => [END]),
      ])
      for (const key of keys) {
        if (key === INTERRUPT) {
          process.kill(process.pid, 'SIGINT')
          return ''
        }
        if (ENTER.test(key) || key === END) return line
        line = ERASE.test(key) ? [...line].slice(0, -1).join('') : line + key
      }
    }
  } finally {
    input.setRawMode(false)
    input.pause()
    output.write('\n')
  }
}
