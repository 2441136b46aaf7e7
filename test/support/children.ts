import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { withoutAddons } from '../../scripts/packages.ts'

/** Inside the project, so that what is built finds its packages. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url))

/** A program of the tests that runs as a process of its own. */
export interface ChildProgram {
  start(args: readonly string[], options?: ChildOptions): Child
  remove(): Promise<void>
}

interface ChildOptions {
  /** A command in front of the program, such as strace with its options. */
  wrapper?: readonly string[]
  env?: Readonly<Record<string, string>>
}

/** A process that says `ready` once and then one line for each thing that it has done. */
export interface Child {
  process: ChildProcess
  /** Resolves with `ready`, or when the process has ended before it. */
  ready: Promise<void>
  /** What it said after `ready`. */
  lines: readonly string[]
  onLine(listener: (line: string) => void): void
  /** The exit code; null after a signal. */
  ended: Promise<number | null>
}

/** Builds a program: one file of plain JavaScript starts in a third of what its packages take one by one. */
export async function buildChild(source: string): Promise<ChildProgram> {
  mkdirSync(CACHE, { recursive: true })
  const folder = await mkdtemp(join(CACHE, 'ocm-child-'))
  const script = join(folder, 'child.mjs')
  await build({
    entryPoints: [source],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    // It finds its libraries beside itself.
    external: ['@photostructure/sqlite'],
    // For packages that are CommonJS.
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'\nconst require = makeRequire(import.meta.url)",
    },
    plugins: [withoutAddons],
    logLevel: 'warning',
  })
  return {
    start: (args, { wrapper = [], env = {} } = {}) => {
      const [command = '', ...rest] = [...wrapper, process.execPath, script, ...args]
      const child = spawn(command, rest, {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, ...env },
      })
      return follow(child)
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

function follow(child: ChildProcess): Child {
  const said: string[] = []
  const listeners: ((line: string) => void)[] = []
  const lines = createInterface({ input: child.stdout ?? process.stdin })
  const ended = once(child, 'close').then(([code]: (number | null)[]) => code ?? null)
  const ready = new Promise<void>((resolve) => {
    void ended.then(() => resolve())
    lines.on('line', (line) => {
      if (line === 'ready') return resolve()
      said.push(line)
      for (const listener of listeners) listener(line)
    })
  })
  return { process: child, ready, lines: said, onLine: (listener) => void listeners.push(listener), ended }
}

/** Whether system calls can be watched and failed here. */
export function hasStrace(): boolean {
  try {
    execFileSync('strace', ['-o', '/dev/null', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** A small disk of its own at `folder`; null where none can be made. It goes once nobody has a file on it open. */
export async function mountSmallDisk(folder: string, size: string): Promise<{ unmount(): void } | null> {
  await mkdir(folder)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'ocm-test', folder], { stdio: 'ignore' })
  } catch {
    return null
  }
  return { unmount: () => void execFileSync('umount', ['-l', folder]) }
}
