import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { incidents } from '../../src/incidents/incident-records.ts'
import { auditLines } from '../../src/operations/audit-chain.ts'
import { checkChain } from '../../src/operations/audit-check.ts'
import { inSlices } from '../../src/store/slices.ts'
import type { Store } from '../../src/store/store.ts'
import { buildChild, type ChildProgram, hasStrace, mountSmallDisk } from '../support/children.ts'
import { type StoreFolder, storeFolder } from '../support/stores.ts'
import { count, halves } from './records.ts'
import { stepsOf } from './traced-calls.ts'

const KILL_ROUNDS = Number(process.env.OCM_KILL_ROUNDS ?? 15)
/** Far more than a round takes, also on a machine that is busy with other things. */
const ROUND_MS = 10_000
/** So many stores take turns in being killed: most of a round is the start of a process. */
const LANES = 4
/** A process lives for one to so many writes and a part of the next ones. */
const MOST_WRITES = 5
const LONGEST_PAUSE_MS = 8
/** Every round looks at all that was acknowledged: beyond this it begins anew. */
const MOST_CHECKED = 200
const isRoot = process.geteuid?.() === 0

let program: ChildProgram
let stores: StoreFolder

beforeAll(async () => {
  program = await buildChild(fileURLToPath(new URL('child.ts', import.meta.url)))
}, 120_000)
afterAll(() => program.remove())
beforeEach(async () => {
  stores = await storeFolder()
})
afterEach(() => stores.remove())

const start = (work: string, prefix: string, most: number, wrapper: string[] = [], folder = stores.folder) =>
  program.start([folder, work, prefix, String(most)], { wrapper })

/** Every pair that is stored, each of them whole. */
async function pairsIn(store: Store): Promise<Set<string>> {
  const found = new Map((await store.list(halves)).map(({ key, value }) => [key, value]))
  for (const [key, value] of found) {
    const [pair = '', half] = key.split('/')
    expect(found.get(`${pair}/${half === '1' ? 2 : 1}`)).toBe(value)
    expect(value).toBe(pair.repeat(value.length / pair.length))
  }
  return new Set([...found.keys()].map((key) => key.slice(0, -2)))
}

/** Whether the audit holds. */
function chainOf(store: Store) {
  return checkChain(store, { copy: null, noted: null, signal: new AbortController().signal })
}

/** What SQLite itself says of a file. */
function soundness(name: string, folder = stores.folder): unknown {
  const db = new DatabaseSync(join(folder, name))
  try {
    return db.prepare('PRAGMA integrity_check').get()?.integrity_check
  } finally {
    db.close()
  }
}

/** Kills a process that writes in a store of its own so many times. Returns how many writes it had acknowledged. */
async function killedRounds(work: string, rounds: number): Promise<number> {
  const own = await storeFolder()
  try {
    let acknowledged: string[] = []
    let all = 0
    for (let round = 1; round <= rounds; round++) {
      const child = start(work, `r${round}`, 1_000_000, [], own.folder)
      const enough = acknowledged.length + Math.floor(Math.random() * MOST_WRITES)
      const written = new Promise<void>((resolve) =>
        child.onLine((key) => acknowledged.push(key) > enough && resolve()),
      )
      await Promise.race([written, child.ended])
      await delay(Math.random() * LONGEST_PAUSE_MS)
      child.process.kill('SIGKILL')
      expect(await child.ended).toBeNull()
      const store = await own.open()
      const stored = await pairsIn(store)
      expect(acknowledged.filter((key) => !stored.has(key))).toEqual([])
      if (acknowledged.length > MOST_CHECKED) {
        all += acknowledged.length
        acknowledged = []
        const keys = [...stored].flatMap((key) => [`${key}/1`, `${key}/2`])
        await inSlices(store, keys, (tx, key) => tx.delete(halves, key))
      }
      await store.close()
      expect([soundness('ocm.db', own.folder), soundness('cache.db', own.folder)]).toEqual(['ok', 'ok'])
    }
    expect(own.log.lines.filter(({ level }) => level === 'error')).toEqual([])
    return all + acknowledged.length
  } finally {
    await own.remove()
  }
}

describe('a store whose process is killed in the middle of writing', () => {
  it.each([
    ['', 'pairs', KILL_ROUNDS],
    [' while its log is written back', 'pairs-and-checkpoints', Math.ceil(KILL_ROUNDS / 3)],
  ])(
    'has every acknowledged write and no half of one%s',
    async (_when, work, rounds) => {
      const share = Math.ceil(rounds / LANES)
      const written = await Promise.all(Array.from({ length: LANES }, () => killedRounds(work, share)))
      expect(Math.min(...written)).toBeGreaterThanOrEqual(share)
    },
    KILL_ROUNDS * ROUND_MS,
  )
})

describe('a bot and a shell that use one store at once', () => {
  it('lose nothing of each other, while both write', async () => {
    const children = [start('bot', 'bot', 60), start('commands', 'one', 8), start('commands', 'two', 8)]
    expect(await Promise.all(children.map(({ ended }) => ended))).toEqual([0, 0, 0])
    expect(children.map(({ lines }) => lines.length)).toEqual([60, 8, 8])
    const store = await stores.open('ocm.db', { collections: [auditLines] })
    expect(await store.get(count, 'n')).toBe(76)
    expect(await store.list(auditLines)).toHaveLength(16)
    expect(await chainOf(store)).toMatchObject({ lines: 16, faults: [] })
    expect((await store.list(incidents)).length).toBeGreaterThan(0)
    await store.close()
    expect([soundness('ocm.db'), soundness('cache.db')]).toEqual(['ok', 'ok'])
  }, 120_000)

  it('goes on for one when the other is killed', async () => {
    const bot = start('bot', 'bot', 1_000_000)
    await bot.ready
    for (let round = 0; round < 5; round++) {
      const shell = start('commands', `s${round}`, 1_000_000)
      await new Promise<void>((resolve) => shell.onLine(() => resolve()))
      shell.process.kill('SIGKILL')
      await shell.ended
      const before = bot.lines.length
      await new Promise<void>((resolve) => bot.onLine(() => bot.lines.length > before + 2 && resolve()))
    }
    bot.process.kill('SIGKILL')
    await bot.ended
    const store = await stores.open()
    expect(await store.get(count, 'n')).toBeGreaterThanOrEqual(bot.lines.length + 5)
    expect((await chainOf(store)).faults).toEqual([])
  }, 120_000)
})

describe('a store on a full disk', () => {
  it.skipIf(!isRoot)(
    'refuses what does not fit, keeps what it has, and goes on when there is room',
    async () => {
      const folder = join(stores.folder, 'small')
      const disk = await mountSmallDisk(folder, '1m')
      if (disk === null) return
      const store = await stores.open('small/ocm.db')
      try {
        await store.put(halves, 'before/1', 'a')
        await writeFile(join(folder, 'ballast'), Buffer.alloc(1024 * 1024)).catch(() => undefined)
        const large = Array.from({ length: 4 }, (_, index) =>
          store.put(halves, `k${index}/1`, 'x'.repeat(200_000)),
        )
        const refused = (await Promise.allSettled(large)).filter(({ status }) => status === 'rejected')
        expect(refused).toHaveLength(4)
        for (const one of refused) expect(one).toMatchObject({ reason: { code: 'data-disk-full' } })
        expect((await store.list(halves)).map(({ key }) => key)).toEqual(['before/1'])
        await writeFile(join(folder, 'ballast'), '')
        await store.put(halves, 'after/1', 'b')
        expect((await store.list(halves)).map(({ key }) => key)).toEqual(['after/1', 'before/1'])
      } finally {
        await store.close()
        disk.unmount()
      }
    },
  )

  it('has every acknowledged write when a file may grow no more', async () => {
    const limited = ['sh', '-c', 'trap "" XFSZ; ulimit -f 1024; exec "$@"', 'sh']
    const child = start('until-full', 'a', 1_000_000, limited)
    expect(await child.ended).toBe(0)
    expect(child.lines.at(-1)).toMatch(/^failed data-(disk-full|unreachable)$/)
    const acknowledged = child.lines.slice(0, -1)
    expect(acknowledged.length).toBeGreaterThan(0)
    const stored = await pairsIn(await stores.open())
    expect(acknowledged.filter((key) => !stored.has(key))).toEqual([])
  }, 120_000)
})

describe('a write that was acknowledged', () => {
  it.skipIf(!hasStrace())(
    'was synced to the disk before',
    async () => {
      const trace = join(stores.folder, 'trace')
      const calls = 'trace=pwrite64,write,fdatasync,fsync'
      const child = start('pairs', 'a', 5, ['strace', '-f', '-y', '-s', '32', '-e', calls, '-o', trace])
      expect(await child.ended).toBe(0)
      const steps = (await stepsOf(trace)).flatMap(({ name, args }) => {
        if (name === 'pwrite64' && args.includes('ocm.db-wal>')) return 'log'
        if (name === 'fdatasync' && args.includes('ocm.db-wal>')) return 'sync'
        return name === 'write' && /"a-\d+\\n"/.test(args) ? 'said' : []
      })
      const said = steps.flatMap((step, index) => (step === 'said' ? index : []))
      expect(said).toHaveLength(5)
      for (const at of said) {
        const before = steps.slice(0, at)
        expect(before.lastIndexOf('log')).toBeGreaterThan(-1)
        expect(before.lastIndexOf('sync')).toBeGreaterThan(before.lastIndexOf('log'))
      }
    },
    60_000,
  )
})

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
