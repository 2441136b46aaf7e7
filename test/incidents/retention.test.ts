import { setFlagsFromString } from 'node:v8'
import { runInThisContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { step } from '../../src/incidents/engine.ts'
import { IncidentBook } from '../../src/incidents/incident-book.ts'
import { defaultIncidentSettings } from '../../src/incidents/settings.ts'
import { figures } from '../../src/monitor/rules/session-figures.ts'
import type { Signal } from '../../src/monitor/signal.ts'
import { incidentEngine } from '../support/incident-engine.ts'
import { sessionFacts } from '../support/snapshots.ts'
import { look } from './storm-stage.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const NOON = Date.parse('2026-11-22T12:00:00Z')
const keepAtMost = 50
const { reopenWithin, keepResolved } = defaultIncidentSettings

/** The memory of a bot that runs for long. While Discord is away nothing is ever shown. */
function longRun({ online = true } = {}) {
  const settings = { ...defaultIncidentSettings, keepAtMost }
  const book = new IncidentBook(settings)
  let now = NOON
  const apply = (input: Parameters<typeof step>[1]) => {
    step(book, input, {
      now,
      settings,
      tagsOf: () => [],
      unwatched: new Map(),
      isShown: () => online,
    })
    book.settle()
  }
  return {
    book,
    get now() {
      return now
    },
    signals: (...signals: Signal[]) => apply({ kind: 'signals', signals }),
    pass(ms: number) {
      now += ms
      apply({ kind: 'tick' })
    },
    entries: () => [...book.incidents.values()].reduce((sum, { timeline }) => sum + timeline.length, 0),
  }
}

type Run = ReturnType<typeof longRun>

/** One session fills up and is compacted. */
function openAndEnd(h: Run, session: string) {
  h.pass(30_000)
  h.signals(look('context', 'critical', { session, at: h.now }))
  h.pass(30_000)
  h.signals(look('context', null, { session, at: h.now, hold: null }))
}

describe('the incidents in memory', () => {
  it('are no more after many have opened and ended than are kept, and those that may come back', () => {
    const h = longRun()
    for (let cycle = 0; cycle < 500; cycle += 1) openAndEnd(h, `s${cycle}`)
    expect(h.book.incidents.size).toBeLessThanOrEqual(keepAtMost + reopenWithin / MINUTE + 1)
    expect(h.book.digests.size).toBeLessThanOrEqual(1)
    expect(h.book.watches.size).toBe(0)
    h.pass(keepResolved + MINUTE)
    for (let quiet = 0; quiet < 4; quiet += 1) h.pass(10 * MINUTE)
    expect(h.book.incidents.size).toBe(0)
    expect(h.book.digests.size).toBe(0)
  })

  it('are bounded too while Discord is away for months, and the newest of them are left', () => {
    const h = longRun({ online: false })
    for (let cycle = 0; cycle < 300; cycle += 1) {
      openAndEnd(h, `s${cycle}`)
      for (let quiet = 0; quiet < 4; quiet += 1) h.pass(10 * MINUTE)
    }
    expect(h.book.incidents.size).toBeLessThanOrEqual(2 * keepAtMost + reopenWithin / MINUTE + 1)
    expect(h.book.digests.size).toBeLessThanOrEqual(100)
    expect([...h.book.incidents.values()].at(-1)?.subject.sessionKey).toBe('s299')
  })

  it('have timelines that together stay within a budget, and those of a small fleet are long', () => {
    const h = longRun()
    const all = (sessions: number, level: 'warning' | 'critical') => {
      h.pass(MINUTE)
      const looks = Array.from({ length: sessions }, (_, n) =>
        look('context', level, { node: `n${n % 50}`, session: `s${n}`, at: h.now }),
      )
      h.signals(...looks)
    }
    for (let pass = 0; pass < 250; pass += 1) all(50, pass % 2 ? 'critical' : 'warning')
    expect(h.entries()).toBe(50 * 200)
    for (let pass = 0; pass < 25; pass += 1) all(2_000, pass % 2 ? 'critical' : 'warning')
    expect(h.entries()).toBe(2_000 * 20)
    for (const { timeline, timelineStart, revision } of h.book.incidents.values())
      expect(timelineStart + timeline.length).toBeLessThanOrEqual(revision)
  })
})

describe('what a timeline holds', () => {
  it('has one shape for each kind of entry: one of its own takes more memory than the values', () => {
    setFlagsFromString('--allow-natives-syntax')
    const haveSameShape = runInThisContext('(a, b) => %HaveSameMap(a, b)') as (
      a: object,
      b: object,
    ) => boolean
    const h = longRun()
    const sessions = Array.from({ length: 40 }, (_, n) => sessionFacts(150_000, { key: `s${n}` }))
    const all = (level: 'warning' | 'critical', cause: 'context-level' | 'headroom-short') => {
      h.pass(MINUTE)
      const signals = sessions.map((session) => {
        const signal = look('context', level, { session: session.key, at: h.now })
        const params = cause === 'context-level' ? figures(session) : figures(session, { turn: 400 })
        return { ...signal, seen: { level, holdLevel: level, cause, params } }
      })
      h.signals(...signals)
    }
    for (let round = 0; round < 4; round += 1) {
      all('warning', 'context-level')
      all('critical', 'context-level')
      all('critical', 'headroom-short')
    }
    const [first, ...others] = [...h.book.incidents.values()].map(({ timeline }) => timeline)
    expect(new Set(first?.map(({ kind }) => kind))).toEqual(new Set(['opened', 'worse', 'better', 'cause']))
    for (const timeline of others)
      for (const [index, entry] of timeline.entries())
        expect(haveSameShape(entry.params, first?.[index]?.params ?? {})).toBe(true)
  })
})

describe('an incident on a node that was removed or retired', () => {
  const gone = () => {
    const h = incidentEngine()
    h.signals(look('context', 'critical', { session: 'a', at: h.now }))
    h.unwatched.set('alpha', 'retired')
    return h
  }

  it('stays open as long as others are kept that are over, and then ends and is forgotten', () => {
    const h = gone()
    h.pass(MINUTE)
    h.pass(keepResolved - MINUTE)
    expect(h.only()).toMatchObject({ state: 'open', paused: { why: 'retired' } })
    h.pass(MINUTE)
    expect(h.only()).toMatchObject({ state: 'resolved', paused: null })
    h.shown.set('I-1', h.only().revision)
    h.pass(keepResolved + MINUTE)
    expect(h.state.incidents).toEqual([])
  })

  it('ends without a word when it was never shown', () => {
    const h = incidentEngine()
    h.apply({ kind: 'mute', nodeId: 'alpha', agentId: null, tag: null, forMs: 30 * DAY, by: 'mika' })
    h.signals(look('context', 'critical', { session: 'a', at: h.now }))
    h.unwatched.set('alpha', 'retired')
    h.pass(MINUTE)
    h.pass(keepResolved)
    h.pass(30 * DAY)
    expect(h.state.incidents).toEqual([])
    expect(h.state.digests).toEqual([])
  })
})

describe('what was left out of the incidents of a node', () => {
  it('is no longer held once nobody looks at the node', () => {
    const book = new IncidentBook(defaultIncidentSettings)
    const unwatched = new Map<string, 'retired'>()
    const around = {
      now: NOON,
      settings: defaultIncidentSettings,
      tagsOf: () => [],
      unwatched,
      isShown: () => true,
    }
    const signals = Array.from({ length: 500 }, (_, n) =>
      look('context', 'critical', { session: `s${n}`, at: NOON }),
    )
    step(book, { kind: 'signals', signals }, around)
    expect(book.crowds.size).toBe(1)
    unwatched.set('alpha', 'retired')
    step(book, { kind: 'tick' }, around)
    expect(book.crowds.size).toBe(0)
  })
})
