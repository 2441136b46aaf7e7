import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { OperatorError } from '../../src/base/errors.ts'
import type { MarkedFile } from '../../src/openclaw/backup/marks.ts'
import { placesOf } from '../../src/openclaw/backup/places.ts'
import { type BackupRequest, openBackupStream } from '../../src/openclaw/backup/stream.ts'
import type { NodeLink } from '../../src/openclaw/ports.ts'
import type { ShellCommand } from '../../src/ssh/shell-quote.ts'
import { descendantsOf, temporaryFolder } from '../ssh/rig.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { until } from '../support/until.ts'
import { type BackupTree, makeTree, ODD_NAMES } from './backup-tree.ts'

const SHELLS = { dash: '/usr/bin/dash', busybox: '/usr/bin/busybox', bash: '/bin/bash' }

let folder: ReturnType<typeof temporaryFolder>
let tree: BackupTree
const children = new Set<ChildProcess>()

beforeEach(() => {
  folder = temporaryFolder()
  tree = makeTree(realpathSync(folder.path))
})

afterEach(async () => {
  for (const { pid } of children) if (pid) kill(-pid)
  children.clear()
  await until(() => left().every((name) => name.endsWith('-alive')))
  tree.close()
  folder.remove()
})

/** A link to this very machine, through a shell of choice and without SSH. `shape` changes what comes through. */
function localLink(
  shell: keyof typeof SHELLS = 'dash',
  shape: (output: Readable) => Readable = (same) => same,
) {
  const bin = join(folder.path, `bin-${shell}`)
  mkdirSync(bin, { recursive: true })
  if (!existsSync(join(bin, 'sh'))) symlinkSync(SHELLS[shell], join(bin, 'sh'))
  const env = { HOME: tree.home, PATH: `${bin}:${process.env.PATH}` }
  const link = {
    nodeId: 'local',
    async download(command: ShellCommand, { stdin = '' }: { stdin?: string | Uint8Array } = {}) {
      const child = spawn('sh', ['-c', `echo noise of a start-up file; ${command.shellText}`], {
        env,
        stdio: ['pipe', 'pipe', 'pipe'],
        detached: true,
      })
      child.stdin.on('error', () => undefined)
      child.stdin.end(stdin)
      children.add(child)
      let said = ''
      child.stderr.on('data', (text) => {
        said += text
      })
      const ended = once(child, 'close')
      return Readable.from(
        (async function* () {
          yield* shape(child.stdout)
          const [exitCode] = await ended
          if (exitCode !== 0)
            throw new OperatorError(
              'remote-command-failed',
              { node: 'local', exitCode: exitCode ?? -1 },
              { detail: said },
            )
        })(),
      )
    },
  }
  return link as unknown as NodeLink
}

function request(more: Partial<BackupRequest> = {}): BackupRequest {
  return {
    statePath: null,
    nodeBinary: tree.node,
    places: [{ kind: 'workspace', path: '~/bots/news room' }],
    agent: null,
    maker: null,
    earlier: new Map(),
    ...more,
  }
}

const LIMITS = { deadlineMs: 60_000, silenceMs: 20_000, clock: systemClock }
const open = (link = localLink(), more: Partial<BackupRequest> = {}) =>
  openBackupStream(link, request(more), LIMITS)

/** The run once its tar waits for a reader: a shell between fork and exec loses a signal. The tar asked for its version is an earlier one. */
async function packing(): Promise<ChildProcess> {
  await until(() => children.size > 0)
  const [child] = children
  if (!child?.pid) throw new Error('no process')
  const { pid } = child
  await until(() => descendantsOf(pid).some(({ command }) => command.startsWith('tar --create ')))
  return child
}

/** Unpacks a tar as GNU tar does and says where. */
function unpack(tar: Buffer): string {
  const target = join(folder.path, 'unpacked')
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target)
  const { status, stderr } = spawnSync('tar', ['-xf', '-', '-C', target], { input: tar })
  expect([status, String(stderr)]).toEqual([0, ''])
  return join(target, tree.home)
}

/** Every path below a folder with what it holds. */
function contentOf(root: string, keep: (path: string) => boolean): Map<string, string> {
  const found = new Map<string, string>()
  const walk = (path: string) => {
    const stat = lstatSync(join(root, path))
    const mode = (stat.mode & 0o777).toString(8)
    if (stat.isSymbolicLink()) found.set(path, `link ${readlinkSync(join(root, path))}`)
    else if (stat.isDirectory()) {
      found.set(path, `folder ${mode}`)
      for (const name of readdirSync(join(root, path)).sort()) walk(join(path, name))
    } else if (stat.isFile() && keep(path))
      found.set(
        path,
        `${mode} ${createHash('sha256')
          .update(readFileSync(join(root, path)))
          .digest('hex')}`,
      )
  }
  walk('.')
  return found
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

const left = () => readdirSync(tree.home).filter((name) => name.startsWith('.ocm-backup'))

describe.each(Object.keys(SHELLS) as (keyof typeof SHELLS)[])('a backup through %s', (shell) => {
  it('holds every file as it is, whatever its name', async () => {
    const stream = await open(localLink(shell))
    const unpacked = unpack(await buffer(stream.tar))
    const same = (path: string) => !/sqlite(?:-wal|-shm)?$/.test(path) || path.includes('no-database')
    const expected = contentOf(tree.home, same)
    for (const path of [...expected.keys()]) if (path.startsWith('.openclaw/tmp')) expected.delete(path)
    for (const path of ['.', 'bots']) expected.delete(path)
    const found = contentOf(unpacked, same)
    for (const path of ['.', 'bots']) found.delete(path)
    expect(found).toEqual(expected)
    expect(ODD_NAMES.every((name) => expected.has(join('.openclaw/workspace', name)))).toBe(true)
    expect(stream.end()).toEqual({ changed: [], unreadable: [], other: [], copiesLeft: false })
    expect(left()).toEqual([])
  })

  it('copies databases with what is in their log alone, while their writer goes on', async () => {
    const stream = await open(localLink(shell))
    tree.live.prepare('INSERT INTO rows (text) VALUES (?)').run('after the copy')
    const unpacked = unpack(await buffer(stream.tar))
    const copy = new DatabaseSync(join(unpacked, '.openclaw/agents/main/agent/openclaw-agent.sqlite'))
    expect(copy.prepare('SELECT count(*) AS n FROM rows').get()).toEqual({ n: 500 })
    expect(copy.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
    copy.close()
    const names = readdirSync(join(unpacked, '.openclaw/agents/main/agent'))
    expect(names).toEqual(['openclaw-agent.sqlite'])
    const owned = { own: true, tables: 2, userVersion: 23, role: 'agent', error: null }
    expect(stream.facts.databases).toEqual([
      expect.objectContaining({ ...owned, agentId: 'main' }),
      expect.objectContaining({ ...owned, agentId: 'ops' }),
    ])
  })
})

describe('what a node tells of its backup', () => {
  it('follows links out of the state directory and names what no archive holds', async () => {
    const stream = await open()
    await buffer(stream.tar)
    const { roots, special, home, entries } = stream.facts
    expect(roots.map(({ kind }) => kind)).toEqual(['state', 'workspace', 'linked'])
    expect(roots[2]?.real).toMatch(/disk\/credentials$/)
    expect(special.names.map((name) => name.split('/').at(-1)).sort()).toEqual(['pipe', 'socket'])
    expect(home).toBe(tree.home)
    expect(entries).toBeGreaterThan(30)
  })

  it('says which configured places are missing and takes none that holds the home itself', async () => {
    const places: BackupRequest['places'] = [
      { kind: 'workspace', path: '/no/such/place' },
      { kind: 'workspace', path: '~/..' },
      { kind: 'agent', path: '/proc' },
      { kind: 'workspace', path: `${tree.state}/workspace` },
    ]
    const stream = await open(localLink(), { places })
    await buffer(stream.tar)
    expect(stream.facts.roots.map(({ kind }) => kind)).toEqual([
      'state',
      'missing',
      'refused',
      'refused',
      'workspace',
      'linked',
    ])
  })

  it('records a file that grows while it is read', async () => {
    const log = join(tree.workspace, 'growing')
    writeFileSync(log, Buffer.alloc(24_000_000))
    const stream = await open()
    // So much came that tar is inside the file: the rest of the tree is smaller, and no pipe holds what is still to come.
    await new Promise<void>((resolve) => {
      let came = 0
      stream.tar.on('data', function take(chunk: Buffer) {
        came += chunk.length
        if (came < 12_000_000) return
        stream.tar.off('data', take).pause()
        resolve()
      })
    })
    appendFileSync(log, 'more')
    await buffer(stream.tar)
    const end = stream.end()
    expect(end?.changed.map((name) => name.split('/').at(-1))).toEqual(['growing'])
  })

  it('tells of a database that cannot be copied and packs its files as they lie there', async () => {
    const broken = join(tree.state, 'state', 'openclaw.sqlite')
    mkdirSync(join(tree.state, 'state'))
    writeFileSync(broken, `SQLite format 3\0${'x'.repeat(5_000)}`)
    const stream = await open()
    const unpacked = unpack(await buffer(stream.tar))
    const told = stream.facts.databases.find(({ path }) => path === broken)
    expect(told?.error).toMatch(/database|malformed|file/)
    expect(readFileSync(join(unpacked, '.openclaw/state/openclaw.sqlite'))).toEqual(readFileSync(broken))
  })

  it.each([
    ['no-state', { statePath: '~/.openclaw-none' }],
    ['forbidden', { statePath: '~/.openclaw/openclaw.json' }],
  ])('refuses with %s', async (why, more) => {
    await expect(open(localLink(), more)).rejects.toMatchObject({
      code: 'backup-impossible',
      params: { why },
    })
    expect(left()).toEqual([])
  })
})

describe('files that are as they were', () => {
  const names = [...ODD_NAMES, 'control \u0001f 1 2 3']

  it.each([
    ['GNU', '/usr/bin/find'],
    ['busybox, which tells nothing of a file', SHELLS.busybox],
  ])('do not come again, with the find of %s', async (_, find) => {
    for (const name of names) {
      mkdirSync(join(tree.workspace, name), { recursive: true })
      writeFileSync(join(tree.workspace, name, name), name)
    }
    const link = localLink()
    symlinkSync(find, join(folder.path, 'bin-dash', 'find'))
    let known = new Map<string, MarkedFile>()
    // A file is recognised once it has rested.
    await expect
      .poll(
        async () => {
          const { facts, marked, tar } = await open(link, { earlier: known })
          known = new Map(marked.map((file) => [file.mark, file]))
          await buffer(tar)
          return facts.same.files
        },
        { interval: 500, timeout: 15_000 },
      )
      .toBeGreaterThanOrEqual(2 * ODD_NAMES.length + 1)
    appendFileSync(join(tree.workspace, '-rf', '-rf'), 'more')
    rmSync(join(tree.workspace, 'glob*[a]?', 'glob*[a]?'))
    const { marked, tar } = await open(link, { earlier: known })
    const same = marked.filter((file) => file.same).map(({ path }) => path)
    const inWorkspace = (name: string) => join(tree.workspace, name, name).slice(1)
    const left = names.filter((name) => name !== '-rf' && name !== 'glob*[a]?').map(inWorkspace)
    expect(same).toEqual(expect.arrayContaining(left))
    expect(same).not.toContain(inWorkspace('-rf'))
    expect(same).not.toContain(inWorkspace('glob*[a]?'))
    unpack(await buffer(tar))
    const came = spawnSync('find', [
      join(folder.path, 'unpacked'),
      '-type',
      'f',
      '-path',
      '*news room*',
      '-print0',
    ])
    const unpacked = String(came.stdout).split('\0').slice(0, -1)
    expect(unpacked.map((path) => path.split('/').at(-1))).toEqual(['-rf'])
  })
})

describe('a stream that was cut', () => {
  it.each([0, 1_000, 500_000, 2_900_000])('is never whole: after %i bytes', async (bytes) => {
    const cut = (output: Readable) =>
      Readable.from(
        (async function* () {
          let seen = 0
          for await (const chunk of output) {
            yield chunk.subarray(0, Math.max(0, bytes - seen))
            seen += chunk.length
            if (seen >= bytes) break
          }
        })(),
      )
    const whole = open(localLink('dash', cut)).then(({ tar }) => buffer(tar))
    await expect(whole).rejects.toMatchObject({
      code: expect.stringMatching(/backup-torn|remote-command-failed/),
    })
    await until(() => left().length === 0)
  })

  it('is given up when nothing comes', async () => {
    const silent = (output: Readable) => {
      output.pause()
      return new Readable({ read() {} })
    }
    const clock = createFakeClock()
    const opening = openBackupStream(localLink('dash', silent), request(), { ...LIMITS, clock })
    const given = expect(opening).rejects.toMatchObject({ code: 'deadline' })
    // What is killed before its watcher is there stays for the next run to remove.
    await packing()
    await clock.advance(LIMITS.silenceMs)
    await given
  })
})

describe('copies on the node', () => {
  async function begun(): Promise<ChildProcess> {
    const held = (output: Readable) => {
      output.pause()
      return new Readable({ read() {} })
    }
    openBackupStream(localLink('dash', held), request(), { ...LIMITS, silenceMs: 30_000 }).catch(
      () => undefined,
    )
    const child = await packing()
    expect(left()).toHaveLength(1)
    return child
  }

  it.each(['SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('are gone after %s to all of it', async (signal) => {
    const { pid = 0 } = await begun()
    process.kill(-pid, signal)
    await until(() => left().length === 0)
    expect(left()).toEqual([])
  })

  it('of a run that nobody removed are gone with the next one, and those of a living one stay', async () => {
    const dead = join(tree.home, '.ocm-backup.00000000-dead')
    mkdirSync(join(dead, 'copies'), { recursive: true })
    writeFileSync(join(dead, 'pid'), '999999999\n')
    const other = spawn('sh', ['-c', 'sleep 60', 'ocm-backup', '11111111-alive'], {
      stdio: 'ignore',
      detached: true,
    })
    children.add(other)
    const living = join(tree.home, '.ocm-backup.11111111-alive')
    mkdirSync(living)
    writeFileSync(join(living, 'pid'), `${other.pid}\n`)
    await buffer((await open()).tar)
    expect(left()).toEqual(['.ocm-backup.11111111-alive'])
  })
})

describe('places in a configuration', () => {
  it('are those of the agents of both forms, absolute ones alone', () => {
    expect(
      placesOf({
        agents: {
          defaults: { workspace: '~/work' },
          entries: {
            a: { workspace: '/srv/a', agentDir: '/srv/agents/a' },
            b: { workspace: 'relative' },
            c: 7,
          },
          list: [{ id: 'old', workspace: '/srv/a' }],
        },
      }),
    ).toEqual([
      { kind: 'workspace', path: '~/work' },
      { kind: 'workspace', path: '/srv/a' },
      { kind: 'agent', path: '/srv/agents/a' },
    ])
    expect(placesOf('nonsense')).toEqual([])
  })
})
