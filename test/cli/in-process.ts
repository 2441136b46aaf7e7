import { commands } from '../../src/cli/commands.ts'
import { runCli } from '../../src/cli/run.ts'
import type { Terminal } from '../../src/cli/terminal.ts'

/** What a run printed, and how it ended. */
export interface Ran {
  code: number
  out: string
  err: string
}

/** Runs a command line in this process, with a terminal of 100 columns or with pipes. */
export async function runHere(
  argv: string[],
  { tty = false, answer = '', input = '' }: { tty?: boolean; answer?: string; input?: string } = {},
): Promise<Ran> {
  let out = ''
  let err = ''
  const terminal: Terminal = {
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    screen: () => (tty ? { columns: 100, rows: 40 } : null),
    watched: tty,
    canAsk: tty,
    ask: (question) => {
      err += question
      return Promise.resolve(answer)
    },
    askHidden: (question) => {
      err += question
      return Promise.resolve(answer)
    },
    input: () => Promise.resolve(input),
    gone: new AbortController().signal,
    flush: () => Promise.resolve(),
  }
  const signal = new AbortController().signal
  const code = await runCli({ argv, terminal, signal, version: '9.9.9', commands })
  return { code, out, err }
}
