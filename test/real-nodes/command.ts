import { spawn } from 'node:child_process'

export interface Outcome {
  /** Exit code; null when a signal ended the program. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  /** Written to standard input, which is closed afterwards. */
  readonly input?: string
  /** After this many milliseconds the program is killed and the call rejects. Default 60 000. */
  readonly timeoutMs?: number
}

/** Runs a program on this host, without a shell, to its end. A code other than 0 is an outcome, not an error. */
export function run(file: string, args: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
  const timeoutMs = options.timeoutMs ?? 60_000
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    // A program that ends without reading its input breaks the pipe; its exit code says all that matters.
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.input ?? '')
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
      // A grandchild may keep the pipes open after the kill; without this the promise would wait for it.
      child.stdout.destroy()
      child.stderr.destroy()
    }, timeoutMs)
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      if (late) reject(new Error(`${file} ${args.slice(0, 3).join(' ')} was not done in ${timeoutMs} ms`))
      else
        resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() })
    })
  })
}

/** Like `run`, but rejects unless the program exits with 0; resolves to its standard output. */
export async function must(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const outcome = await run(file, args, options)
  if (outcome.code === 0) return outcome.stdout
  const said = (outcome.stderr.trim() || outcome.stdout.trim()).slice(-2000)
  throw new Error(`${file} ${args.join(' ')} ended with ${outcome.code}: ${said}`)
}

/** Asks `probe` again and again until it answers something other than undefined; rejects after `timeoutMs`. */
export async function eventually<T>(
  what: string,
  timeoutMs: number,
  probe: () => Promise<T | undefined>,
  everyMs = 150,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const answer = await probe()
    if (answer !== undefined) return answer
    if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`)
    await new Promise((wake) => setTimeout(wake, everyMs))
  }
}
