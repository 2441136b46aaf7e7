import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import type { Duplex, Readable } from 'node:stream'
import { OperatorError } from '../../src/base/errors.ts'
import type { CallLimits } from '../../src/ssh/call.ts'
import type { ExecResult } from '../../src/ssh/exec.ts'
import type { ShellCommand } from '../../src/ssh/shell-quote.ts'
import type { ScriptResult, ScriptText, SshSession } from '../../src/ssh/ssh.ts'

/** How the stand-in for an SSH session behaves. */
export interface LocalSessionOptions {
  home: string
  /** Extra environment, for example a PATH with stand-in programs in front. */
  env?: NodeJS.ProcessEnv
  shell?: readonly string[]
  /** Where openTcp leads; the asked port when absent. */
  port?(asked: number): number
  /** Fails every call the way an unreachable node does. */
  unreachable?: OperatorError
  tcpFailure?: OperatorError
  scriptFailure?: OperatorError
}

/** An SshSession whose node is this machine: real shells in a private home and real sockets, no SSH. */
export function localSession(
  options: LocalSessionOptions,
): SshSession & { streams: Set<Duplex>; scripts: number; scriptsAtOnce: number; asked: number } {
  const [shell = 'sh', ...flags] = options.shell ?? ['sh']
  const env = { PATH: process.env.PATH, USER: 'oc', ...options.env, HOME: options.home }
  const streams = new Set<Duplex>()
  let running = 0

  function run(args: readonly string[], input: string, limits: CallLimits): Promise<ExecResult> {
    if (options.unreachable) return Promise.reject(options.unreachable)
    const started = performance.now()
    return new Promise((resolve, reject) => {
      const child = spawn(shell, [...flags, ...args], {
        env,
        cwd: options.home,
        stdio: ['pipe', 'pipe', 'pipe'],
      })
      const output = { stdout: '', stderr: '' }
      const timer = setTimeout(() => {
        child.kill('SIGKILL')
        reject(new OperatorError('deadline', { node: 'local', seconds: limits.deadlineMs / 1000 }))
      }, limits.deadlineMs)
      child.stdout.setEncoding('utf8').on('data', (text) => (output.stdout += text))
      child.stderr.setEncoding('utf8').on('data', (text) => (output.stderr += text))
      child.stdin.on('error', () => undefined).end(input)
      child.on('close', (code, signal) => {
        clearTimeout(timer)
        resolve({ code, signal, ...output, tookMs: performance.now() - started })
      })
    })
  }

  const session = {
    nodeId: 'local',
    streams,
    scripts: 0,
    scriptsAtOnce: 0,
    /** Questions over a connection of their own. */
    asked: 0,
    exec(command: ShellCommand, limits: CallLimits & { stdin?: string | Uint8Array }) {
      return run(['-c', command.shellText], String(limits.stdin ?? ''), limits)
    },
    async script(
      script: ScriptText,
      limits: CallLimits & { args?: readonly string[] },
    ): Promise<ScriptResult> {
      session.scripts++
      if (options.scriptFailure) throw options.scriptFailure
      session.scriptsAtOnce = Math.max(session.scriptsAtOnce, ++running)
      // An inline script prints nothing: it leaves its answer in a variable.
      const text = script.isolation === 'inline' ? `${script.text}\nprintf %s "$ocm_answer"` : script.text
      const words = ['-c', text, 'sh', ...(limits.args ?? [])]
      const { code, stdout, tookMs } = await run(words, '', limits).finally(() => running--)
      return { stdout, code: code ?? 1, tookMs, via: 'exec' }
    },
    async *lines(command: ShellCommand, limits: CallLimits) {
      yield* (await session.exec(command, limits)).stdout.split('\n')
    },
    download(): Promise<Readable> {
      return Promise.reject(new Error('not part of these tests'))
    },
    upload(): Promise<ExecResult> {
      return Promise.reject(new Error('not part of these tests'))
    },
    listen(): Promise<never> {
      return Promise.reject(new Error('not part of these tests'))
    },
    openTcp(port: number, { host = '127.0.0.1' }: { host?: string } = {}): Promise<Duplex> {
      const failure = options.unreachable ?? options.tcpFailure
      if (failure) return Promise.reject(failure)
      return new Promise((resolve, reject) => {
        const socket = connect({ host, port: options.port?.(port) ?? port })
        socket.once('connect', () => {
          streams.add(socket)
          socket.once('close', () => streams.delete(socket))
          resolve(socket)
        })
        socket.once('error', () =>
          reject(new OperatorError('gateway-unreachable', { node: 'local', port, reason: 'port-silent' })),
        )
      })
    },
    async askTcp(port: number, question: string, limits: CallLimits & { host?: string }): Promise<Buffer> {
      session.asked++
      const socket = await session.openTcp(port, limits)
      const late = setTimeout(() => socket.destroy(), limits.deadlineMs)
      try {
        socket.write(question)
        return Buffer.concat(await socket.toArray())
      } finally {
        clearTimeout(late)
        socket.destroy()
      }
    },
    state: () => 'ready' as const,
  }
  return session
}
