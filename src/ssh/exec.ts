import type { Call } from './call.ts'
import { connectionLost } from './failures.ts'
import { keyRestricted } from './key-restricted.ts'
import { feed, guardedCommand, type Link, outputLimit, type RemoteProcess, startProcess } from './process.ts'

/** What a remote command did. `code` is null only when it ended by a signal. */
export interface ExecResult {
  code: number | null
  signal: string | null
  stdout: string
  stderr: string
  tookMs: number
}

/** Silence after the exit status that counts as the end of the output, when a left-over process holds the channel. */
const DRAIN_MS = 400
/** So long is listened at a time. What came while this process stood still is heard between two of them, not taken for silence. */
const LISTEN_MS = 50

/** Runs shell text and collects what it prints; see {@link SshSession.exec}. */
export async function runExec(
  link: Link,
  text: string,
  call: Call,
  stdin: string | Uint8Array | undefined,
): Promise<ExecResult> {
  const input = typeof stdin === 'string' ? Buffer.from(stdin, 'utf8') : stdin
  const line = guardedCommand(text, call.leftMs(), input?.length)
  return await startProcess(link, line, call, (process) => {
    const result = collect(process, link, call)
    // when the call ends in this very tick, nobody else hears the rejection
    result.catch(() => undefined)
    if (input !== undefined && input.length > 0) feed(process, input)
    return result
  })
}

/** Reads both streams to their end; unread stderr would stop stdout once some megabytes are queued. */
export function collect(process: RemoteProcess, link: Link, call: Call): Promise<ExecResult> {
  return new Promise((resolve, reject) => {
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    let settled = false
    let heard = false
    let streamsOpen = 2

    const settle = (): boolean => {
      if (settled) return false
      settled = true
      call.signal.removeEventListener('abort', onAbort)
      return true
    }
    const giveUp = (error: unknown) => {
      if (!settle()) return
      process.terminate()
      reject(error)
    }
    const succeed = () => {
      const exit = process.exit()
      if (exit === null || !settle()) return
      const refused = keyRestricted(call.node, exit.code, decode(stderr))
      if (refused !== null) return reject(refused)
      resolve({ ...exit, stdout: decode(stdout), stderr: decode(stderr), tookMs: call.tookMs() })
      if (!process.closed()) process.terminate()
    }
    const onAbort = () => giveUp(call.signal.reason)
    if (call.signal.aborted) return onAbort()
    call.signal.addEventListener('abort', onAbort, { once: true })

    const keep = (chunks: Buffer[]) => {
      let kept = 0
      return (chunk: Buffer) => {
        heard = true
        if (settled) return
        kept += chunk.length
        if (kept > call.maxOutputBytes) giveUp(outputLimit(call))
        else chunks.push(chunk)
      }
    }
    const streamEnded = () => {
      streamsOpen -= 1
    }
    process.channel.on('data', keep(stdout)).once('end', streamEnded)
    process.channel.stderr.on('data', keep(stderr)).once('end', streamEnded)

    process.onExit(() => {
      waitForSilence().then(succeed, () => undefined)
    })
    process.onClosed((lost) => {
      if (lost === null || streamsOpen === 0) succeed()
      if (settle()) reject(lost ?? connectionLost(call.node))
    })

    async function waitForSilence(): Promise<void> {
      for (let silentMs = 0; !settled && silentMs < DRAIN_MS; ) {
        heard = false
        await link.clock.sleep(LISTEN_MS)
        silentMs = heard ? 0 : silentMs + LISTEN_MS
      }
    }
  })
}

/** Decoded once and as a whole, so that a character split between two packets survives. */
function decode(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8')
}
