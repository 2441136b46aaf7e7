import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Sandbox, type SandboxNodeSpec, startSandbox } from '../../src/sandbox/stage/start-sandbox.ts'
import { buildProgram } from '../support/program.ts'
import { settingsBeside } from '../support/sandbox-settings.ts'

/** Remote text that tries everything: escapes, bidi, markup, a mention. */
export const HOSTILE = 'evil\u001b[31m\u001b]0;owned\u0007\u202e\u0000name `$(id)` @everyone'

/** Nodes of every kind that the command line must show. */
export const NODES: SandboxNodeSpec[] = [
  {
    id: 'alpha',
    name: 'Alpha 東京',
    version: '2026.9.6',
    tags: ['prod'],
    timings: { readyMs: 60, stopMs: 20, restartSecMs: 50 },
    agents: [
      { id: 'main', name: HOSTILE, sessions: [{ key: 'agent:main:main', totalTokens: 150_000 }] },
      { id: 'dev', sessions: [{ key: 'agent:dev:main', totalTokens: 40_000 }] },
    ],
  },
  {
    id: 'beta',
    name: 'beta',
    version: '2026.9.6',
    state: 'stopped',
    agents: [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 1_000 }] }],
  },
  { id: 'gone', name: 'gone', version: '2026.9.6', state: 'down', agents: [{ id: 'main' }] },
  {
    id: 'fresh',
    name: 'fresh',
    version: '2026.9.6',
    registered: false,
    agents: [{ id: 'main' }],
  },
]

/** What a run of the program printed, and how it ended. */
export interface Ran {
  code: number | null
  stdout: string
  stderr: string
}

/** The real program beside a running bot. */
export interface CliFleet {
  sandbox: Sandbox
  env: Record<string, string>
  /** Runs `ocm` in a process of its own, without a terminal. */
  ocm(args: string[], more?: RunMore): Promise<Ran>
  close(): Promise<void>
}

/** What is done to a run from outside. */
export interface RunMore {
  /** What is done once the output, of both streams together, shows this. */
  when?: { shows: RegExp; act(child: ChildProcess): unknown }
  /** Settings on top of those of the fleet. */
  env?: Record<string, string>
  /** Nobody reads the output at all. */
  unread?: boolean
}

/** Starts the bot between an embedded Discord and embedded nodes, and hands out its settings for child processes. */
export async function startFleet(nodes = NODES): Promise<CliFleet> {
  const program = await buildProgram()
  const sandbox = await startSandbox({
    nodes,
    settings: { OCM_LOG_LEVEL: 'silent', OCM_REFRESH_INTERVAL_MS: '2000' },
  })
  const { folder } = sandbox
  const env = settingsBeside(sandbox)
  return {
    sandbox,
    env,
    ocm: (args, more = {}) => runOcm([program.main, ...args], more, env, folder),
    async close() {
      await sandbox.close()
      await program.remove()
    },
  }
}

/** Runs the real program in a folder; nothing of this process's environment but the path reaches it. */
async function runOcm(
  args: string[],
  { when, unread = false, env: more = {} }: RunMore,
  env: Record<string, string>,
  cwd: string,
): Promise<Ran> {
  const child = spawn(process.execPath, args, {
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: cwd, LANG: 'C.UTF-8', ...env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (unread) child.stdout.destroy()
  let stdout = ''
  let stderr = ''
  let awaited = when
  const look = () => {
    if (!awaited?.shows.test(stdout + stderr)) return
    awaited.act(child)
    awaited = undefined
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    look()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    look()
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}
