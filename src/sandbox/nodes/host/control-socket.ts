import { createServer, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

/** What a command prints and how it ends. */
export interface CommandResult {
  stdout?: string
  stderr?: string
  code: number
}

/** Runs one command of a stand-in; `signal` aborts when its process is gone. */
export type RunCommand = (argv: string[], signal: AbortSignal) => Promise<CommandResult>

/** The local socket over which stand-ins on a node's PATH reach the node. */
export class ControlSocket {
  readonly #server: Server
  readonly #open = new Set<Socket>()

  constructor(run: RunCommand) {
    this.#server = createServer((socket) => {
      this.#open.add(socket)
      const gone = new AbortController()
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        this.#open.delete(socket)
        gone.abort(new Error('the command is gone'))
      })
      createInterface({ input: socket }).once('line', (line) => void serve(socket, line, run, gone.signal))
    })
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(path, resolve)
    })
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

async function serve(socket: Socket, line: string, run: RunCommand, signal: AbortSignal): Promise<void> {
  const result = await answer(line, run, signal)
  const { stdout, stderr, code } = result
  if (stdout) socket.write(`${JSON.stringify({ out: stdout })}\n`)
  if (stderr) socket.write(`${JSON.stringify({ err: stderr })}\n`)
  socket.end(`${JSON.stringify({ exit: code })}\n`)
}

async function answer(line: string, run: RunCommand, signal: AbortSignal): Promise<CommandResult> {
  try {
    const { argv } = JSON.parse(line) as { argv: string[] }
    return await run(argv, signal)
  } catch (error) {
    return { stderr: `${error instanceof Error ? error.message : String(error)}\n`, code: 1 }
  }
}
