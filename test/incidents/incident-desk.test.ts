import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDeliveries } from '../../src/incidents/deliveries.ts'
import { type IncidentDesk, openIncidentDesk } from '../../src/incidents/incident-desk.ts'
import { formerIncidents, incidents } from '../../src/incidents/incident-records.ts'
import { defaultIncidentSettings } from '../../src/incidents/settings.ts'
import type { Severity } from '../../src/monitor/conditions.ts'
import type { Signal } from '../../src/monitor/signal.ts'
import { openSqliteStore } from '../../src/store/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { takeOver } from '../../src/store/take-over.ts'
import { keepLog } from '../support/log-keeper.ts'
import { ShiftedClock } from '../support/shifted-clock.ts'
import { until } from '../support/until.ts'
import { look } from './storm-stage.ts'

const MINUTE = 60_000
let folder: string
let clock: ShiftedClock
const opened: { close(): Promise<void> }[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ocm-desk-'))
  clock = new ShiftedClock()
})
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
  await rm(folder, { recursive: true })
})

/** A store of its own on the one file, as another process has it. */
async function openStore(): Promise<Store> {
  const store = await openSqliteStore({
    path: join(folder, 'ocm.db'),
    log: keepLog(),
    clock,
    watchIntervalMs: 20,
  })
  opened.push(store)
  return store
}

async function openDesk(store: Store): Promise<IncidentDesk> {
  const deliveries = await openDeliveries(store)
  const desk = await openIncidentDesk({
    store,
    clock,
    settings: defaultIncidentSettings,
    tagsOf: () => [],
    unwatchedAt: () => new Map(),
    isShown: deliveries.isShown,
  })
  opened.push(deliveries, desk)
  return desk
}

const signals = (level: Severity | null, count: number): Signal[] =>
  Array.from({ length: count }, (_, index) =>
    look('context', level, { node: `n${index >> 3}`, session: `s${index}`, at: clock.now() }),
  )

describe('the incidents in the store', () => {
  it('are there again after a restart, as they were', async () => {
    const desk = await openDesk(await openStore())
    await desk.apply({ kind: 'signals', signals: signals('warning', 5) })
    await desk.apply({ kind: 'acknowledge', incidentId: 'I-1', by: 'mika' })
    await desk.apply({ kind: 'mute', nodeId: 'n0', agentId: null, tag: null, forMs: MINUTE, by: 'mika' })
    const before = desk.state()
    const again = await openDesk(await openStore())
    const byId = (one: { id: string }, other: { id: string }) => one.id.localeCompare(other.id)
    expect([...again.state().incidents].sort(byId)).toEqual([...before.incidents].sort(byId))
    expect(again.state().digests).toEqual(before.digests)
    expect(again.state().mutes).toEqual(before.mutes)
    await again.apply({ kind: 'signals', signals: [look('disk', 'critical', { at: clock.now() })] })
    await again.apply({ kind: 'signals', signals: [look('disk', 'critical', { at: clock.now() })] })
    expect(new Set(again.state().incidents.map(({ id }) => id)).size).toBe(6)
  })

  it('of two processes are the same: a step first takes in what the other did, and both hear of it', async () => {
    const bot = await openDesk(await openStore())
    const line = await openDesk(await openStore())
    const heard = new Set<string>()
    bot.onChange((ids) => {
      for (const id of ids) heard.add(id)
    })
    await bot.apply({ kind: 'signals', signals: signals('warning', 3) })
    heard.clear()
    await line.apply({ kind: 'acknowledge', incidentId: 'I-2', by: 'kim' })
    await bot.apply({ kind: 'acknowledge', incidentId: 'I-1', by: 'mika' })
    expect(bot.get('I-2')?.acknowledged?.by).toBe('kim')
    expect(heard).toContain('I-2')
    await line.apply({ kind: 'snooze', incidentId: 'I-3', by: 'kim', forMs: MINUTE })
    await until(() => bot.get('I-3')?.state === 'snoozed')
    expect(line.get('I-1')?.acknowledged?.by).toBe('mika')
  })

  it('lose nothing when both processes work at once', async () => {
    const [bot, line] = [await openDesk(await openStore()), await openDesk(await openStore())]
    await bot.apply({ kind: 'signals', signals: signals('warning', 40) })
    const ids = bot.state().incidents.map(({ id }) => id)
    await Promise.all(
      ids.map((incidentId, index) =>
        (index % 2 ? bot : line).apply({ kind: 'acknowledge', incidentId, by: 'mika' }),
      ),
    )
    const store = await openStore()
    const stored = await store.list(incidents)
    expect(stored.filter(({ value }) => value.acknowledged !== null)).toHaveLength(40)
  })

  it('are written once when they changed, and not at all when nothing did', async () => {
    const store = await openStore()
    const desk = await openDesk(store)
    await desk.apply({ kind: 'signals', signals: signals('warning', 20) })
    await desk.apply({ kind: 'signals', signals: signals('warning', 20) })
    const revision = () => store.transaction((tx) => tx.revision())
    const steady = signals('warning', 20)
    await desk.apply({ kind: 'signals', signals: steady })
    const before = await revision()
    await desk.apply({ kind: 'signals', signals: [...steady, ...signals(null, 2_000).slice(20)] })
    await desk.apply({ kind: 'tick' })
    expect(await revision()).toBe(before)
  })

  it('are as before when a step cannot be written, and the next step goes on from there', async () => {
    const store = await openStore()
    let broken = false
    const failing: Store = {
      ...store,
      get: (collection, key) => store.get(collection, key),
      list: (collection, query) => store.list(collection, query),
      changesSince: (collection, revision) => store.changesSince(collection, revision),
      readNow: (body) => store.readNow(body),
      put: (collection, key, value) => store.put(collection, key, value),
      delete: (collection, key) => store.delete(collection, key),
      onChange: (listener) => store.onChange(listener),
      close: () => store.close(),
      transaction: (body) =>
        store.transaction((tx) => {
          const result = body(tx)
          if (broken) throw new Error('the disk is full')
          return result
        }),
    }
    const desk = await openDesk(failing)
    await desk.apply({ kind: 'signals', signals: signals('warning', 2) })
    broken = true
    await expect(desk.apply({ kind: 'acknowledge', incidentId: 'I-1', by: 'mika' })).rejects.toThrow('full')
    await expect(desk.apply({ kind: 'signals', signals: signals('critical', 9) })).rejects.toThrow('full')
    expect(desk.state().incidents.map(({ state, level }) => [state, level])).toEqual([
      ['open', 'warning'],
      ['open', 'warning'],
    ])
    broken = false
    await desk.apply({ kind: 'signals', signals: signals('critical', 9) })
    expect(desk.state().incidents.filter(({ level }) => level === 'critical')).toHaveLength(9)
  })

  it('take a storm in slices, between which whoever presses a button gets an answer', async () => {
    const desk = await openDesk(await openStore())
    await desk.apply({ kind: 'signals', signals: signals('warning', 1) })
    const storm = desk.apply({ kind: 'signals', signals: signals('critical', 4_000) })
    let over = false
    void storm.then(() => {
      over = true
    })
    await desk.apply({ kind: 'acknowledge', incidentId: 'I-1', by: 'mika' })
    expect(over).toBe(false)
    await storm
    expect(desk.state().incidents).toHaveLength(4_000)
    expect(desk.posted().incidents.length + desk.posted().digests.length).toBeLessThanOrEqual(3)
  })

  it('take what explains others before them, however many there are', async () => {
    const desk = await openDesk(await openStore())
    const away = look('availability', 'critical', { node: 'n0', at: clock.now() })
    await desk.apply({ kind: 'signals', signals: [away] })
    await desk.apply({ kind: 'signals', signals: [...signals('critical', 8), away] })
    expect(desk.state().incidents.map(({ place }) => place)).toEqual(['own', ...Array(8).fill('held')])
    expect(desk.explainedBy(desk.state().incidents[0] as never)).toHaveLength(8)
  })
})

describe('the incidents of the time before the store', () => {
  it('are taken over with what Discord had of them, once', async () => {
    const delivery = {
      channelId: '1',
      messageId: '2',
      threadId: '3',
      revision: 4,
      timeline: 1,
      postingSince: null,
      reposted: false,
    }
    const at = clock.now()
    const incident = {
      id: 'I-7',
      key: '["disk","alpha",null,null]',
      topic: 'disk',
      subject: { nodeId: 'alpha', agentId: null, sessionKey: null },
      state: 'open',
      level: 'warning',
      peak: 'warning',
      cause: 'disk-full',
      params: { percent: 88 },
      openedAt: at,
      levelSince: at,
      resolvedAt: null,
      acknowledged: null,
      snoozed: null,
      reopenedAt: [],
      flapping: false,
      clearSince: null,
      unseenSince: null,
      notifiedLevel: 'warning',
      notifiedAt: at,
      escalatedAt: null,
      place: 'own',
      timeline: [{ at, kind: 'opened', level: 'warning', by: null, params: { percent: 88 }, ping: false }],
      revision: 5,
      delivery,
    }
    const watch = { levels: ['warning', 'warning'], holds: ['warning', 'warning'], epoch: null, at }
    const digest = { id: 'D-9', openedAt: at, lastAddedAt: at, members: ['I-8'], revision: 1, delivery }
    const mute = { nodeId: 'alpha', agentId: null, tag: null, until: at + MINUTE, by: 'mika' }
    const listed = { ...incident, id: 'I-8', key: '["disk","beta",null,null]', place: 'digest' }
    const document = {
      version: 1,
      nextNumber: 10,
      incidents: [incident, listed],
      watches: { [incident.key]: watch },
      digests: [digest],
      posts: [at],
      mutes: [mute],
    }
    await writeFile(join(folder, 'incidents.json'), JSON.stringify(document))
    const store = await openStore()
    const take = () =>
      takeOver({ dataDir: folder, files: [formerIncidents(store, 'discord')], log: keepLog(), now: at })
    await take()
    await take()
    const desk = await openDesk(store)
    expect(desk.get('I-7')).toMatchObject({ level: 'warning', revision: 5, timelineStart: 0, digestIds: [] })
    expect(desk.membersOf('D-9').map(({ id }) => id)).toEqual(['I-8'])
    expect(desk.state().mutes).toEqual([mute])
    const channel = (await openDeliveries(store)).channel('discord')
    expect(channel.of('I-7')).toMatchObject({ messageId: '2', threadId: '3', revision: 4, told: 1 })
    expect(channel.of('D-9')).toMatchObject({ messageId: '2', revision: 4 })
    expect(channel.ids().sort()).toEqual(['D-9', 'I-7'])
    expect(await readdir(folder)).toContain('incidents.json.taken-over')
    await desk.apply({ kind: 'signals', signals: [look('disk', 'critical', { node: 'gamma', at })] })
    await desk.apply({ kind: 'signals', signals: [look('disk', 'critical', { node: 'gamma', at })] })
    expect(desk.get('I-10')).toMatchObject({ subject: { nodeId: 'gamma' } })
  })
})
