import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LOCALES } from '../../src/base/locale.ts'
import { fresh, unknown } from '../../src/base/reading.ts'
import { BackupDigestKeeper, digestDue, toldDays } from '../../src/discord/backup-digest-keeper.ts'
import { createReader } from '../../src/discord/reader.ts'
import { backupDigestView } from '../../src/discord/views/backups.ts'
import type { Standing } from '../../src/operations/backup-book.ts'
import type { BackupDigest } from '../../src/operations/backup-digest.ts'
import type { Context } from '../../src/operations/context.ts'
import type { Store } from '../../src/store/store.ts'
import { type Stage, stage } from '../sandbox/discord/bot.ts'
import { textOf } from '../support/room.ts'
import { ShiftedClock } from '../support/shifted-clock.ts'
import { type StoreFolder, storeFolder } from '../support/stores.ts'
import { textOf as cardText, expectAccepted } from './discord-rules.ts'
import { HUGE, NOW, nodeRecord } from './extremes.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const UTC = { minute: 8 * 60, zone: 'UTC' }
const time = (iso: string) => Date.parse(iso)

describe('the time of the digest', () => {
  const told = (day: string, postingSince: number | null = null) => ({ day, postingSince })

  it('comes once a day at its hour, and later where the program was down', () => {
    const due = (iso: string) => digestDue(told('2026-11-28'), time(iso), UTC)
    expect(due('2026-11-29T07:59:59Z')).toEqual({ what: 'nothing' })
    expect(due('2026-11-29T08:00:00Z')).toEqual({ what: 'tell', day: '2026-11-29' })
    expect(due('2026-11-29T23:59:00Z')).toEqual({ what: 'tell', day: '2026-11-29' })
    expect(digestDue(told('2026-11-29'), time('2026-11-29T23:59:00Z'), UTC)).toEqual({ what: 'nothing' })
  })

  it('begins with the next day where nobody remembers one', () => {
    expect(digestDue(null, time('2026-11-29T07:00:00Z'), UTC)).toEqual({ what: 'nothing' })
    expect(digestDue(null, time('2026-11-29T09:00:00Z'), UTC)).toEqual({ what: 'begin', day: '2026-11-29' })
  })

  it('goes on the same day with a post whose answer was never seen, and lets go of that of a former day', () => {
    const cut = told('2026-11-29', 5)
    expect(digestDue(cut, time('2026-11-29T08:01:00Z'), UTC)).toEqual({ what: 'go-on', day: '2026-11-29' })
    expect(digestDue(cut, time('2026-11-30T07:00:00Z'), UTC)).toEqual({ what: 'nothing' })
    expect(digestDue(cut, time('2026-11-30T08:00:00Z'), UTC)).toEqual({ what: 'tell', day: '2026-11-30' })
  })

  it('neither misses nor doubles a day whose hour is skipped or comes twice', () => {
    const berlin = { minute: 150, zone: 'Europe/Berlin' }
    const days: string[] = []
    let last = told('2026-03-27')
    for (let now = time('2026-03-28T00:00:00Z'); now < time('2026-10-27T00:00:00Z'); now += 10 * 60_000) {
      const due = digestDue(last, now, berlin)
      if (due.what !== 'tell') continue
      days.push(due.day)
      last = told(due.day)
    }
    expect(new Set(days).size).toBe(days.length)
    expect(days).toHaveLength((time('2026-10-26T00:00:00Z') - time('2026-03-27T00:00:00Z')) / DAY)
    expect(days).toEqual(expect.arrayContaining(['2026-03-29', '2026-10-25']))
  })

  it('is not told again when the clock goes back, and does not wait for a wrong year', () => {
    expect(digestDue(told('2026-11-30'), time('2026-11-29T09:00:00Z'), UTC)).toEqual({ what: 'nothing' })
    expect(digestDue(told('2036-11-29'), time('2026-11-29T09:00:00Z'), UTC).what).toBe('tell')
  })
})

const well: BackupDigest = {
  at: NOW,
  scheduled: 6,
  fresh: 6,
  late: [],
  unread: 0,
  oldest: { id: 'alpha', name: 'Alpha', takenAt: NOW - 20 * HOUR },
  failing: [],
  taken: { count: 6, newBytes: 120_000_000 },
  drills: { passed: 2, failed: [] },
  offSite: { copied: 6, late: [] },
}

describe.each(LOCALES)('the digest of backups in %s', (locale) => {
  const reader = createReader(locale, NOW, new Map())

  it('is one line, calm when all is well, and names what is not', () => {
    const calm = backupDigestView(well, '2026-11-29', reader)
    expectAccepted(calm)
    expect(cardText(calm)).not.toContain('⚠️')
    expect(cardText(calm).split('\n')).toHaveLength(1)
    const named = [{ id: 'beta', name: 'Beta' }]
    const worse: Partial<BackupDigest>[] = [
      { fresh: 5, late: named },
      { failing: named },
      { drills: { passed: 0, failed: named } },
      { offSite: { copied: 5, late: named } },
    ]
    for (const change of worse) {
      const text = cardText(backupDigestView({ ...well, ...change }, '2026-11-29', reader))
      expect(text).toContain('⚠️')
      expect(text).toContain('Beta')
    }
    expect(cardText(backupDigestView({ ...well, fresh: 5, unread: 1 }, '2026-11-29', reader))).toContain('⚠️')
  })

  it('fits a message with names that are as long as they can be', () => {
    const many = Array.from({ length: 400 }, () => ({ id: 'alpha', name: HUGE }))
    const worst = {
      ...well,
      late: many,
      failing: many,
      drills: { passed: 9, failed: many },
      taken: null,
      offSite: { copied: 0, late: many },
    }
    expectAccepted(backupDigestView({ ...worst, oldest: null }, '2026-11-29', reader))
  })
})

describe('the channel', () => {
  let set: Stage
  let folder: StoreFolder
  let store: Store
  let clock: ShiftedClock
  let keeper: BackupDigestKeeper | null
  /** Puts that are lost, as by a crash. */
  let loses: (value: unknown) => boolean
  let every: number
  let standings: Record<string, Partial<Standing>>

  beforeEach(async () => {
    set = await stage(async () => undefined, { rateLimits: false })
    folder = await storeFolder()
    store = await folder.open()
    clock = new ShiftedClock()
    clock.setForward(time('2030-05-06T12:00:00Z') - Date.now())
    loses = () => false
    every = 24
    standings = {}
    keeper = null
  })
  afterEach(async () => {
    await keeper?.stop()
    await set.close()
    await folder.remove()
  })

  const context = () =>
    ({
      registry: { list: () => ['alpha', 'beta'].map((id) => nodeRecord({ id, name: id })) },
      rules: {
        value: () => ({ version: 1, overrides: [{ scope: { fleet: true }, set: { backupEvery: every } }] }),
      },
      backups: {
        copies: { target: null },
        book: {
          prepare: async () => {},
          standing: (id: string) => ({
            proven: fresh(
              { id: 'x', takenAt: clock.now() - HOUR, verifiedAt: clock.now() },
              'store-file',
              clock.now(),
            ),
            drilled: null,
            attempts: null,
            ...standings[id],
          }),
        },
        list: async () => [{ takenAt: clock.now() - HOUR, newBytes: 2_000_000 }],
      },
      clock,
      log: folder.log,
    }) as unknown as Context

  const messages = () => set.discord.control.messages(set.as('Ada')).filter(({ authorIsBot }) => authorIsBot)
  const remembered = async () => (await store.list(toldDays))[0]?.value

  /** Starts the program anew at this time of the wall. */
  async function startAt(iso: string): Promise<void> {
    await keeper?.stop()
    clock.setForward(time(iso) - clock.now())
    const { client } = set
    if (!client.isReady()) throw new Error('the client is not ready')
    keeper = new BackupDigestKeeper({
      context: context(),
      store: {
        get: (collection, key) => store.get(collection, key),
        put: async (collection, key, value) => {
          if (loses(value)) throw new Error('the process ended here')
          await store.put(collection, key, value)
        },
      },
      channelId: set.as('Ada').channelId,
      at: UTC,
      locale: 'en',
      client: () => client,
      commandIds: () => new Map(),
    })
    keeper.start()
  }
  const until = (fits: () => boolean) => set.discord.until(fits, 30_000)
  const untilDay = (wanted: string) =>
    expect.poll(async () => (await remembered())?.day, { timeout: 15_000 }).toBe(wanted)

  it('is told once a day, through restarts, from the day after the first start', async () => {
    await startAt('2030-05-06T09:00:00Z')
    await untilDay('2030-05-06')
    expect(messages()).toEqual([])
    await startAt('2030-05-07T08:01:00Z')
    await until(() => messages().length === 1)
    await untilDay('2030-05-07')
    expect(textOf(messages()[0] as never)).toMatch(
      /2 of 2 nodes.*2 taken in the last 24 hours, 4(\.0)? MB new/,
    )
    // Nobody's device makes a sound for good news.
    expect(Number(messages()[0]?.raw.flags) & 4096).toBe(4096)
    await startAt('2030-05-07T09:00:00Z')
    standings.beta = { proven: unknown({ code: 'backups-unreadable' }, 0, 'store-file') }
    await startAt('2030-05-08T10:00:00Z')
    await untilDay('2030-05-08')
    await until(() => messages().length === 2)
    expect(textOf(messages().at(-1) as never)).toMatch(/1 of 2 nodes.*not known of 1 node/)
    expect(Number(messages().at(-1)?.raw.flags) & 4096).toBe(0)
  })

  it('is not told twice when the program ended right after the post', async () => {
    await startAt('2030-05-06T09:00:00Z')
    await untilDay('2030-05-06')
    loses = (value) => (value as { postingSince: unknown }).postingSince === null
    await startAt('2030-05-07T09:00:00Z')
    await until(
      () => messages().length === 1 && folder.log.lines.some(({ message }) => /digest/.test(message)),
    )
    loses = () => false
    await startAt('2030-05-07T09:30:00Z')
    await expect.poll(async () => (await remembered())?.postingSince, { timeout: 15_000 }).toBeNull()
    expect(messages()).toHaveLength(1)
  })

  it('tells nothing where no backups are asked for', async () => {
    every = 0
    await startAt('2030-05-06T09:00:00Z')
    await untilDay('2030-05-06')
    await startAt('2030-05-07T09:00:00Z')
    await untilDay('2030-05-07')
    expect(messages()).toEqual([])
  })
})
