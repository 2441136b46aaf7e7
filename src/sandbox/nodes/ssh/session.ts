import type { ChildProcess } from 'node:child_process'
import type { ServerChannel, Session } from 'ssh2'
import type { Processes } from './processes.ts'

export interface ShellOptions {
  processes: Processes
  home: string
  environment: Record<string, string>
  /** Called with the text of each command. */
  ran: (command: string) => void
}

const SIGNALS = new Set(['HUP', 'INT', 'QUIT', 'KILL', 'TERM', 'USR1', 'USR2', 'PIPE', 'ALRM'])

/** The start-up file of the login shell runs before each command, as sshd's shell does it. */
const STARTUP = 'if [ -f "$HOME/.bashrc" ]; then . "$HOME/.bashrc"; fi\n'

function isSignal(name: string): boolean {
  return SIGNALS.has(name)
}

/**
 * Serves one SSH session: `exec` runs a real shell; a terminal, an environment and subsystems are refused, as a server
 * may. Closing the channel leaves the command running, as OpenSSH does; a signal request reaches its whole group.
 */
export function serveSession(session: Session, options: ShellOptions): void {
  let child: ChildProcess | null = null
  session.on('env', (_accept, reject) => reject?.())
  session.on('pty', (_accept, reject) => reject?.())
  session.on('shell', (_accept, reject) => reject?.())
  session.on('subsystem', (_accept, reject) => reject?.())
  session.on('signal', (accept, _reject, info) => {
    accept?.()
    if (child && isSignal(info.name)) options.processes.signal(child, `SIG${info.name}` as NodeJS.Signals)
  })
  session.on('exec', (accept, reject, info) => {
    if (child) return reject()
    options.ran(info.command)
    const started = options.processes.start('/bin/sh', ['-c', STARTUP + info.command], {
      cwd: options.home,
      env: options.environment,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    child = started
    wire(started, accept())
  })
}

/** Connects a process with its channel, with back-pressure, and reports how it ended. */
function wire(child: ChildProcess, channel: ServerChannel): void {
  const { stdin, stdout, stderr } = child
  let reported = false
  const report = (end: () => void) => {
    if (!reported) end()
    reported = true
  }
  channel.on('error', () => channel.destroy())
  for (const stream of [stdin, stdout, stderr]) stream?.on('error', () => stream.destroy())
  if (stdin) channel.pipe(stdin)
  stdout?.pipe(channel, { end: false })
  stderr?.pipe(channel.stderr, { end: false })
  channel.on('close', () => {
    stdin?.destroy()
    stdout?.destroy()
    stderr?.destroy()
  })
  child.on('error', () => {
    report(() => channel.exit(127))
    channel.end()
  })
  child.on('exit', (code, signal) => {
    report(() =>
      code === null ? channel.exit((signal ?? 'SIGKILL').slice(3), false, '') : channel.exit(code),
    )
  })
  child.on('close', () => channel.end())
}
