import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NodeLink } from '../../src/openclaw/ports.ts'
import {
  type ExpectedEntry,
  type RestorePlace,
  type RestoreSide,
  restoreSide,
} from '../../src/openclaw/restore/node-side.ts'
import type { ShellCommand } from '../../src/ssh/shell-quote.ts'
import { temporaryFolder } from '../ssh/rig.ts'

const SHELLS = { dash: '/usr/bin/dash', busybox: '/usr/bin/busybox', bash: '/bin/bash' }
const LIMITS = { deadlineMs: 60_000 }
const NAMES = [
  'with space',
  'quote\' " and `tick` $(id)',
  '-rf',
  'glob*[a]?',
  'back\\slash',
  '日本語',
  '.hidden',
]

let folder: ReturnType<typeof temporaryFolder>
let home: string
let run: string
let places: RestorePlace[]

beforeEach(() => {
  folder = temporaryFolder()
  home = join(realpathSync(folder.path), 'home')
  for (const path of ['.openclaw', 'bots/news room']) {
    const root = join(home, path)
    mkdirSync(join(root, 'deep', 'deeper'), { recursive: true })
    for (const name of NAMES) writeFileSync(join(root, 'deep', name), `then: ${name}`)
    writeFileSync(join(root, 'large'), Buffer.alloc(2_000_000, 'x'))
    writeFileSync(join(root, 'program'), '#!/bin/sh', { mode: 0o755 })
    mkdirSync(join(root, 'closed'))
    writeFileSync(join(root, 'closed', 'inside'), 'inside')
    symlinkSync('/etc/hostname', join(root, 'outside'))
    symlinkSync('../nowhere', join(root, 'broken'))
    chmodSync(join(root, 'closed'), 0o500)
  }
  run = join(home, '.ocm-restore.20260102T030405Z-abcdef')
  places = [
    {
      real: join(home, '.openclaw'),
      staged: join(run, '.openclaw'),
      aside: join(home, '.openclaw.before-restore-1'),
      kept: join(home, '.openclaw.after-restore-1'),
    },
    {
      real: join(home, 'bots', 'news room'),
      staged: join(home, 'bots', `${basename(run)}-1`, 'news room'),
      aside: join(home, 'bots', 'news room.before-restore-1'),
      kept: join(home, 'bots', 'news room.after-restore-1'),
    },
  ]
})

afterEach(() => {
  spawnSync('chmod', ['-R', 'u+rwx', folder.path])
  folder.remove()
})

/** The node's side on this very machine, through a shell of choice and without SSH. */
function sideOf(shell: keyof typeof SHELLS = 'dash', before = ''): RestoreSide {
  const bin = join(folder.path, `bin-${shell}`)
  mkdirSync(bin, { recursive: true })
  if (!existsSync(join(bin, 'sh'))) symlinkSync(SHELLS[shell], join(bin, 'sh'))
  const env = { HOME: home, PATH: `${bin}:${process.env.PATH}` }
  const call = async (command: ShellCommand, input: Readable) => {
    const child = spawn('sh', ['-c', `${before} echo noise of a start-up file; ${command.shellText}`], {
      env,
    })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (text) => {
      stdout += text
    })
    child.stderr.on('data', (text) => {
      stderr += text
    })
    child.stdin.on('error', () => undefined)
    input.pipe(child.stdin)
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
    return { code, signal: null, stdout, stderr, tookMs: 0 }
  }
  const link = {
    nodeId: 'local',
    exec: (command: ShellCommand, { stdin = '' }: { stdin?: string }) =>
      call(command, Readable.from([stdin])),
    upload: (command: ShellCommand, source: Readable) => call(command, source),
  }
  return restoreSide(link as unknown as NodeLink, { folder: run, nodeBinary: process.execPath })
}

function tarOf(place: RestorePlace): Buffer {
  return spawnSync('tar', ['-cf', '-', '-C', '/', '--', place.real.slice(1)], { maxBuffer: 2 ** 28 }).stdout
}

/** Every path below a root: what a backup has of it. */
function entriesOf(root: string): ExpectedEntry[] {
  const found: ExpectedEntry[] = []
  const walk = (path: string) => {
    const full = join(root, path)
    const stat = lstatSync(full)
    if (stat.isSymbolicLink()) found.push(['link', path, 0o777, readlinkSync(full)])
    else if (stat.isDirectory()) {
      found.push(['folder', path, stat.mode & 0o777])
      for (const name of readdirSync(full).sort()) walk(join(path, name))
    } else {
      const hash = createHash('sha256').update(readFileSync(full)).digest('hex')
      found.push(['file', path, stat.mode & 0o777, hash, stat.size])
    }
  }
  walk('')
  return found
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

/** Stages what is there now, has it checked, and then changes what is there. */
async function staged(side: RestoreSide): Promise<ExpectedEntry[][]> {
  const before = places.map(({ real }) => entriesOf(real))
  await side.stage({ backup: 'one', places }, LIMITS)
  for (const [index, place] of places.entries()) {
    await side.unpack(place, Readable.from([tarOf(place)]), LIMITS)
    expect((await side.check(place, each(before[index] ?? []), LIMITS)).problemCount).toBe(0)
  }
  for (const { real } of places) writeFileSync(join(real, 'large'), 'now')
  return before
}

const now = () => places.map(({ real }) => readFileSync(join(real, 'large'), 'utf8') === 'now')

describe.each(Object.keys(SHELLS) as (keyof typeof SHELLS)[])('a restore through %s', (shell) => {
  it('brings everything as it was, modes and links included, and takes it back again', async () => {
    const side = sideOf(shell)
    const before = await staged(side)
    for (const [index, place] of places.entries()) {
      const found = await side.check(place, each(before[index] ?? []), LIMITS)
      expect(found).toMatchObject({ problems: [], problemCount: 0 })
      expect([found.entries, found.there]).toEqual([before[index]?.length, before[index]?.length])
    }
    expect(lstatSync(run).mode & 0o777).toBe(0o700)
    expect(await side.swap(LIMITS)).toEqual({ told: 'swapped', fault: null })
    expect(places.map(({ real }) => entriesOf(real))).toEqual(before)
    expect(await side.back(LIMITS)).toEqual({ told: 'untouched', fault: null })
    expect(now()).toEqual([true, true])
    // Whatever was still on its way to swap comes too late.
    expect(await side.swap(LIMITS)).toMatchObject({ told: 'untouched' })
    expect(await side.clean(LIMITS)).toEqual({ asides: [], kept: [] })
    expect(readdirSync(home).sort()).toEqual(['.openclaw', 'bots'])
    expect(readdirSync(join(home, 'bots'))).toEqual(['news room'])
  })

  it('keeps what was put aside and removes its own folders', async () => {
    const side = sideOf(shell)
    await staged(side)
    await side.swap(LIMITS)
    const { asides } = await side.clean(LIMITS)
    expect(asides.map(({ path }) => path)).toEqual(places.map(({ aside }) => aside))
    expect(readFileSync(join(asides[0]?.path ?? '', 'large'), 'utf8')).toBe('now')
    expect([existsSync(run), existsSync(dirname(places[1]?.staged ?? ''))]).toEqual([false, false])
  })
})

describe('what was staged', () => {
  const cases: [string, string, (root: string) => void][] = [
    ['a changed byte', 'content', (root) => writeFileSync(join(root, 'deep', '-rf'), 'then: -rF')],
    ['another size', 'size', (root) => writeFileSync(join(root, 'deep', '-rf'), 'short')],
    ['a file that is missing', 'missing', (root) => rmSync(join(root, 'deep', '-rf'))],
    ['another mode', 'mode', (root) => chmodSync(join(root, 'program'), 0o600)],
    [
      'a link to elsewhere',
      'link',
      (root) => {
        rmSync(join(root, 'outside'))
        symlinkSync('/etc/passwd', join(root, 'outside'))
      },
    ],
  ]
  it.each(cases)('is found out by %s', async (_name, what, spoil) => {
    const side = sideOf()
    const [before = []] = await staged(side)
    const [place] = places as [RestorePlace]
    spoil(place.staged)
    const found = await side.check(place, each(before), LIMITS)
    expect(found.problems.map((problem) => problem.what)).toEqual([what])
  })

  it('with more than the backup has is counted', async () => {
    const side = sideOf()
    const [before = []] = await staged(side)
    const [place] = places as [RestorePlace]
    writeFileSync(join(place.staged, 'more'), '')
    expect((await side.check(place, each(before), LIMITS)).there).toBe(before.length + 1)
  })

  // What runs there is the Node.js of this test; OpenClaw's databases need one that can open them.
  it.skipIf(process.getBuiltinModule('node:sqlite') === undefined)(
    'no longer belongs to the gateway that wrote it, and has nothing to send again',
    async () => {
      const [place] = places as [RestorePlace]
      const file = (root: string) => join(root, 'state', 'openclaw.sqlite')
      mkdirSync(dirname(file(place.real)))
      const db = new DatabaseSync(file(place.real))
      for (const name of ['state_leases', 'agent_database_leases', 'delivery_queue_entries', 'kept'])
        db.exec(`CREATE TABLE ${name} (id TEXT PRIMARY KEY) STRICT; INSERT INTO ${name} VALUES ('one')`)
      db.close()
      const side = sideOf()
      await staged(side)
      expect(await side.swap(LIMITS)).toEqual({ told: 'swapped', fault: null })
      const restored = new DatabaseSync(file(place.real))
      const rows = (name: string) => restored.prepare(`SELECT * FROM ${name}`).all().length
      expect(['state_leases', 'agent_database_leases', 'delivery_queue_entries', 'kept'].map(rows)).toEqual([
        0, 0, 0, 1,
      ])
      restored.close()
      await side.back(LIMITS)
      expect(await side.clean(LIMITS)).toEqual({ asides: [], kept: [] })
    },
  )

  it('by a tar that was cut is not whole', async () => {
    const side = sideOf()
    const [place] = places as [RestorePlace]
    const before = entriesOf(place.real)
    await side.stage({ backup: 'one', places }, LIMITS)
    const tar = tarOf(place)
    const cut = side.unpack(place, Readable.from([tar.subarray(0, 1_000_000)]), LIMITS)
    await expect(cut).rejects.toMatchObject({ code: 'remote-command-failed' })
    expect((await side.check(place, each(before), LIMITS)).problemCount).toBeGreaterThan(0)
    await side.clean(LIMITS)
    expect(readdirSync(home).sort()).toEqual(['.openclaw', 'bots'])
  })
})

describe('a swap', () => {
  it('that cannot rename one place takes the others back by itself', async () => {
    const side = sideOf()
    await staged(side)
    renameSync(places[1]?.staged ?? '', `${places[1]?.staged}.elsewhere`)
    const swapped = await side.swap(LIMITS)
    expect(swapped.told).toBe('untouched')
    expect(swapped.fault).not.toBeNull()
    expect(now()).toEqual([true, true])
  })

  it('goes back when the name for what is put aside was taken meanwhile', async () => {
    const side = sideOf()
    await staged(side)
    // A file where the second place is to go: its rename fails after the first place was swapped.
    writeFileSync(places[1]?.aside ?? '', 'in the way')
    const swapped = await side.swap(LIMITS)
    rmSync(places[1]?.aside ?? '', { force: true })
    expect(swapped.told).not.toBe('swapped')
    expect(readFileSync(join(places[0]?.real ?? '', 'large'), 'utf8')).toBe('now')
  })

  const steps = (place: RestorePlace) => [
    () => renameSync(place.real, place.aside ?? ''),
    () => renameSync(place.staged, place.real),
  ]
  it.each([1, 2, 3])('that was cut after %i renames is told, goes on, and goes back', async (cutAfter) => {
    const side = sideOf()
    const before = await staged(side)
    const all = places.flatMap(steps)
    for (const rename of all.slice(0, cutAfter)) rename()
    const look = await side.look({ state: '', places: places.map(({ real }) => real) }, LIMITS)
    expect(look.leftovers).toMatchObject([{ folder: run, told: 'between' }])
    expect(await side.swap(LIMITS)).toEqual({ told: 'swapped', fault: null })
    expect(places.map(({ real }) => entriesOf(real))).toEqual(before)
    expect(await side.back(LIMITS)).toMatchObject({ told: 'untouched' })
    expect(now()).toEqual([true, true])
    for (const rename of all.slice(0, cutAfter)) rename()
    expect(await side.back(LIMITS)).toMatchObject({ told: 'untouched' })
    expect(now()).toEqual([true, true])
  })

  it.each([
    ['has ended', () => String(spawnSync('true').pid)],
    ['had the number of another one before the machine began anew', () => `${process.pid}.1`],
  ])('waits for nobody who %s', async (_name, holder) => {
    const side = sideOf()
    await staged(side)
    symlinkSync(holder(), join(run, 'turn'))
    expect((await side.swap(LIMITS)).told).toBe('swapped')
    expect((await side.back(LIMITS)).told).toBe('untouched')
    expect(now()).toEqual([true, true])
  })

  it('of a place that was not there before leaves nothing behind when it goes back', async () => {
    const side = sideOf()
    const [first, second] = places as [RestorePlace, RestorePlace]
    const before = entriesOf(second.real)
    const tar = tarOf(second)
    spawnSync('chmod', ['-R', 'u+w', second.real])
    rmSync(second.real, { recursive: true })
    places = [first, { ...second, aside: null }]
    await side.stage({ backup: 'one', places }, LIMITS)
    await side.unpack(first, Readable.from([tarOf(first)]), LIMITS)
    await side.check(first, each(entriesOf(first.real)), LIMITS)
    await side.unpack(second, Readable.from([tar]), LIMITS)
    // What nobody has read again is not put anywhere.
    expect(await side.swap(LIMITS)).toMatchObject({
      told: 'untouched',
      fault: expect.stringMatching(/check/),
    })
    await side.check(second, each(before), LIMITS)
    expect((await side.swap(LIMITS)).told).toBe('swapped')
    expect(entriesOf(second.real)).toEqual(before)
    expect((await side.back(LIMITS)).told).toBe('untouched')
    expect(existsSync(second.real)).toBe(false)
  })
})

describe('what is not in the backup', () => {
  const kept = (index: number) => places[index]?.kept ?? ''

  it('stays when somebody made a state between the two renames', async () => {
    const side = sideOf()
    await staged(side)
    const [first] = places as [RestorePlace]
    renameSync(first.real, first.aside ?? '')
    mkdirSync(first.real)
    writeFileSync(join(first.real, 'precious'), 'of a gateway that was started meanwhile')
    expect(await side.back(LIMITS)).toMatchObject({ told: 'untouched' })
    const told = await side.clean(LIMITS)
    expect(told.kept).toEqual([{ path: kept(0), bytes: 39 }])
    expect(readFileSync(join(kept(0), 'precious'), 'utf8')).toMatch(/^of a gateway/)
    expect(now()).toEqual([true, true])
    expect(existsSync(run)).toBe(false)
  })

  it.each([
    ['a new file', (root: string) => writeFileSync(join(root, 'deep', 'deeper', 'turn'), 'said since')],
    ['another content', (root: string) => writeFileSync(join(root, 'deep', '-rf'), 'then: -rX')],
    ['a file that went', (root: string) => rmSync(join(root, 'program'))],
    ['another mode', (root: string) => chmodSync(join(root, 'program'), 0o711)],
  ])('stays when the restored state was written to before it went back: %s', async (_name, write) => {
    const side = sideOf()
    await staged(side)
    await side.swap(LIMITS)
    write(places[0]?.real ?? '')
    expect(await side.back(LIMITS)).toMatchObject({ told: 'untouched' })
    const told = await side.clean(LIMITS)
    expect(told.kept.map(({ path }) => path)).toEqual([kept(0)])
    expect(existsSync(join(kept(0), 'large'))).toBe(true)
    expect(now()).toEqual([true, true])
    expect(existsSync(run)).toBe(false)
    expect(readdirSync(join(home, 'bots')).sort()).toEqual(['news room'])
  })

  it('gets a name of its own each time', async () => {
    const side = sideOf()
    await staged(side)
    const [first] = places as [RestorePlace]
    writeFileSync(kept(0), 'is there already')
    renameSync(first.real, first.aside ?? '')
    mkdirSync(first.real)
    await side.back(LIMITS)
    const told = await side.clean(LIMITS)
    expect(told.kept.map(({ path }) => path).sort()).toEqual([kept(0), `${kept(0)}.1`])
    expect(readFileSync(kept(0), 'utf8')).toBe('is there already')
  })

  it('stays where a place was new and its own state came up before anything was brought', async () => {
    const side = sideOf()
    const [first, second] = places as [RestorePlace, RestorePlace]
    spawnSync('chmod', ['-R', 'u+w', second.real])
    rmSync(second.real, { recursive: true })
    places = [first, { ...second, aside: null }]
    await side.stage({ backup: 'one', places }, LIMITS)
    mkdirSync(second.real)
    writeFileSync(join(second.real, 'precious'), 'new')
    await side.back(LIMITS)
    await side.clean(LIMITS)
    expect(readFileSync(join(second.real, 'precious'), 'utf8')).toBe('new')
  })

  it('stays in the folder of the run when somebody put it there', async () => {
    const side = sideOf()
    await staged(side)
    writeFileSync(join(run, 'notes'), 'mine')
    const told = await side.clean(LIMITS)
    expect(told.kept.map(({ path }) => path)).toEqual([run])
    expect(readdirSync(run)).toEqual(['notes'])
  })
})

describe('a disk without a byte', () => {
  it('keeps no swap from going back', async () => {
    await staged(sideOf())
    const full = sideOf('bash', 'ulimit -f 0;')
    expect((await full.swap(LIMITS)).told).toBe('swapped')
    expect((await full.back(LIMITS)).told).toBe('untouched')
    expect(now()).toEqual([true, true])
    expect(await full.clean(LIMITS)).toEqual({ asides: [], kept: [] })
    expect(readdirSync(home).sort()).toEqual(['.openclaw', 'bots'])
  })

  it('is told while things are brought, and nothing is left', async () => {
    const full = sideOf('bash', 'ulimit -f 100;')
    const [place] = places as [RestorePlace]
    await full.stage({ backup: 'one', places }, LIMITS)
    const unpacked = full.unpack(place, Readable.from([tarOf(place)]), LIMITS)
    await expect(unpacked).rejects.toMatchObject({ code: 'remote-command-failed' })
    await full.clean(LIMITS)
    expect(readdirSync(home).sort()).toEqual(['.openclaw', 'bots'])
  })
})

describe('the look at a node', () => {
  const looked = () => sideOf().look({ state: '', places: places.map(({ real }) => real) }, LIMITS)

  it('tells where things lie, what is there, and how much room there is', async () => {
    const look = await looked()
    expect(look).toMatchObject({ home, state: join(home, '.openclaw'), gnuTar: true, leftovers: [] })
    expect(look.places.map(({ problem, present }) => [problem, present])).toEqual([
      [null, true],
      [null, true],
    ])
    expect(look.places[0]?.bytes).toBeGreaterThan(2_000_000)
    expect(look.places[0]?.free).toBeGreaterThan(0)
  })

  it('names a place whose folder is not there', async () => {
    renameSync(join(home, 'bots'), join(home, 'robots'))
    expect((await looked()).places[1]?.problem).toBe('no-place')
  })

  it('sees a gateway by its port, by its process and by a database that it has open', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const db = new DatabaseSync(join(home, '.openclaw', 'open.sqlite'))
    db.exec('CREATE TABLE one (id INTEGER)')
    const request = { port, pid: process.pid, places: [join(home, '.openclaw')] }
    expect(await sideOf().quiet(request, LIMITS)).toEqual({
      listening: true,
      lives: true,
      holders: [process.pid],
    })
    db.close()
    await new Promise((resolve) => server.close(resolve))
    const gone = spawnSync('true').pid
    expect(await sideOf().quiet({ ...request, pid: gone }, LIMITS)).toEqual({
      listening: false,
      lives: false,
      holders: [],
    })
  })

  it('tells folders that cannot be used', async () => {
    const folders = [join(home, 'bots', 'news room'), join(home, 'nowhere'), '~/bots']
    expect(await sideOf().places(folders, LIMITS)).toEqual([join(home, 'nowhere')])
  })
})
