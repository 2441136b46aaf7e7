import { copyFile, mkdtemp, open as openFile, readdir, readFile, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createContext } from '../../src/create-context.ts'
import { loadConfig } from '../../src/settings/config.ts'
import { inSlices } from '../../src/store/slices.ts'
import { newNode } from '../registry/support.ts'
import { type KeptLog, keepLog } from '../support/log-keeper.ts'
import { healthySnapshot } from '../support/snapshots.ts'
import { auditEntry, halves, settingsFor, signalsOf } from './records.ts'

/** Bytes of the head of a file of SQLite, where one says most about the others. */
const HEAD = 100
/** The folder while it is in use, and once everything was closed. */
const good = { used: '', closed: '' }
type When = keyof typeof good
let folder: string
let log: KeptLog

const open = (at: string) =>
  createContext(loadConfig(settingsFor(at), { discord: 'optional' }), { log, ssh: 'none' })

/** A data folder with something in everything, and a log that was not written back yet. */
beforeAll(async () => {
  log = keepLog()
  const working = await mkdtemp(join(tmpdir(), 'ocm-working-'))
  const { context, store, histories, close } = await open(working)
  await context.registry.addMany([newNode('alpha'), newNode('beta')])
  await inSlices(
    store,
    Array.from({ length: 60 }).map((_, n) => `k${n}`),
    (tx, key) => tx.put(halves, key, key.repeat(150)),
  )
  for (let index = 0; index < 20; index++) await context.audit.append(auditEntry(`op-${index}`))
  await context.incidents.apply({ kind: 'signals', signals: signalsOf(0) })
  context.snapshots.set(healthySnapshot({ nodeId: 'alpha' }))
  histories.observe(healthySnapshot({ nodeId: 'alpha' }))
  await histories.save(true)
  good.used = await filesOf(working)
  await close()
  good.closed = await filesOf(working)
  await rm(working, { recursive: true })
})
afterAll(async () => {
  for (const one of Object.values(good)) await rm(one, { recursive: true })
})
beforeEach(() => {
  log = keepLog()
})

/** A copy of the files in a folder. */
async function filesOf(from: string): Promise<string> {
  const to = await mkdtemp(join(tmpdir(), 'ocm-damaged-'))
  for (const name of await readdir(from))
    if ((await stat(join(from, name))).isFile()) await copyFile(join(from, name), join(to, name))
  return to
}

async function flip(path: string, at: number): Promise<void> {
  const file = await openFile(path, 'r+')
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at)
  await file.write(Buffer.from([(buffer[0] ?? 0) ^ 0xff]), 0, 1, at)
  await file.close()
}

/** Everything that ocm does must go on, with nothing of the registry lost. */
async function usable(damage: string): Promise<void> {
  const { context, store, histories, close } = await open(folder)
  try {
    expect({ damage, nodes: context.registry.list().map(({ id }) => id) }).toEqual({
      damage,
      nodes: ['alpha', 'beta'],
    })
    context.snapshots.get('alpha')
    histories.observe(healthySnapshot({ nodeId: 'alpha' }))
    await context.incidents.apply({ kind: 'signals', signals: signalsOf(1) })
    await context.audit.find({ limit: 100 })
    await store.list(halves)
    await store.put(halves, 'after', damage)
    expect({ damage, after: await store.get(halves, 'after') }).toEqual({ damage, after: damage })
  } finally {
    await close()
  }
}

async function withDamage(from: string, name: string, places: readonly number[], harm: typeof flip) {
  for (const at of places) {
    folder = await filesOf(from)
    await harm(join(folder, name), at)
    await usable(`${name} at ${at}`)
    await rm(folder, { recursive: true })
  }
}

/** Each twelfth byte of the head, and places spread over the rest. */
async function placesIn(path: string): Promise<number[]> {
  const { length } = await readFile(path)
  const head = Array.from({ length: Math.ceil(HEAD / 12) }, (_, n) => n * 12)
  const step = Math.max(1, Math.floor(length / 13))
  return [...head, ...Array.from({ length: 12 }, (_, n) => n * step + ((n * 131) % step))].filter(
    (at) => at < length,
  )
}

const FILES: [name: string, when: When][] = [
  ['ocm.db', 'closed'],
  ['ocm.db', 'used'],
  ['ocm.db-wal', 'used'],
  ['cache.db', 'closed'],
  ['cache.db-wal', 'used'],
]

describe.each(FILES)('the file %s of a folder that is %s', (name, when) => {
  it('stops nothing and costs the registry nothing when one of its bytes is another', async () => {
    await withDamage(good[when], name, await placesIn(join(good[when], name)), flip)
  }, 120_000)

  it('stops nothing and costs the registry nothing when its end is gone', async () => {
    const { size } = await stat(join(good[when], name))
    const sizes = [0, 1, 17, 99, 512, 4_096, Math.floor(size / 2), size - 1].filter((at) => at < size)
    await withDamage(good[when], name, sizes, truncate)
  }, 120_000)
})

it('damage that is met is said and the file is kept', async () => {
  folder = await filesOf(good.closed)
  await flip(join(folder, 'ocm.db'), 0)
  await usable('the first byte')
  expect((await readdir(folder)).filter((one) => /^ocm\.db\.damaged-\d+$/.test(one))).toHaveLength(1)
  expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1)
  await rm(folder, { recursive: true })
})
