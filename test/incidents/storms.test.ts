import { describe, expect, it } from 'vitest'
import { look, storm } from './storm-stage.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const NOON = Date.parse('2026-11-22T12:00:00Z')

/** What happens to the clock or to the bot in the middle of a storm. */
const DISTURBANCES: readonly (readonly [string, number, (h: ReturnType<typeof storm>) => void])[] = [
  ['undisturbed', NOON, () => {}],
  ['with a restart of the bot in the middle', NOON, (h) => h.restart(20 * SECOND)],
  ['with the bot down for five minutes in the middle', NOON, (h) => h.restart(5 * MINUTE)],
  ['with the clock set back one hour', NOON, (h) => h.jump(-HOUR)],
  ['with the clock set ahead eight hours', NOON, (h) => h.jump(8 * HOUR)],
  [
    'with the clock set back one hour and a restart',
    NOON,
    (h) => {
      h.jump(-HOUR)
      h.restart(20 * SECOND)
    },
  ],
  [
    'across the spring change of Europe/Berlin',
    Date.parse('2026-03-29T00:55:00Z'),
    (h) => h.restart(20 * SECOND),
  ],
  [
    'across the autumn change of Europe/Berlin',
    Date.parse('2026-10-25T00:55:00Z'),
    (h) => h.restart(20 * SECOND),
  ],
]

/** No message twice, none lost, and at most three. */
function expectCalm(h: ReturnType<typeof storm>, incidents: number) {
  expect(h.lost()).toEqual([])
  expect(h.state.incidents).toHaveLength(incidents)
  expect(new Set(h.posts).size).toBe(h.posts.length)
  expect(h.posts.length).toBeLessThanOrEqual(3)
  expect(h.posts.length).toBeGreaterThanOrEqual(1)
}

describe.each(DISTURBANCES)('%s,', (_name, start, disturb) => {
  it('90 sessions that cross their threshold within ten minutes make at most three messages', () => {
    const h = storm(start)
    for (let session = 0; session < 90; session += 1) {
      h.pass(6_600)
      if (session === 45) disturb(h)
      h.signals(look('context', 'warning', { session: `s${session}`, at: h.now }))
    }
    expectCalm(h, 90)
  })

  it('one session that crosses its thresholds 90 times in ten minutes makes one message and few notifications', () => {
    const h = storm(start)
    for (let crossing = 0; crossing < 90; crossing += 1) {
      h.pass(6_600)
      if (crossing === 45) disturb(h)
      h.signals(
        look('context', crossing % 2 ? 'critical' : null, {
          session: 's',
          at: h.now,
          hold: crossing % 2 ? 'critical' : null,
        }),
      )
    }
    expectCalm(h, 1)
    expect(h.pings()).toBeLessThanOrEqual(3)
  })

  it('a node that flaps every 20 s for an hour makes one message, and is over when it stays up', () => {
    const h = storm(start)
    for (let second = 0; second < 3_600; second += 10) {
      h.pass(10 * SECOND)
      if (second === 1_800) disturb(h)
      h.signals(look('availability', Math.floor(second / 20) % 2 ? 'critical' : null, { at: h.now }))
    }
    expectCalm(h, 1)
    expect(h.posts).toHaveLength(1)
    expect(h.pings()).toBeLessThanOrEqual(5)
    for (let quiet = 0; quiet < 25; quiet += 1) {
      h.pass(30 * SECOND)
      h.signals(look('availability', null, { at: h.now }))
    }
    expect(h.state.incidents[0]?.state).toBe('resolved')
    expect(h.posts).toHaveLength(1)
  })

  it('50 nodes lost at once make at most three messages, and their return makes none', () => {
    const h = storm(start)
    const all = (level: 'critical' | null) =>
      Array.from({ length: 50 }, (_, node) => look('availability', level, { node: `n${node}`, at: h.now }))
    for (let pass = 0; pass < 10; pass += 1) {
      h.pass(30 * SECOND)
      if (pass === 4) disturb(h)
      h.signals(...all('critical'))
    }
    expectCalm(h, 50)
    for (let pass = 0; pass < 40; pass += 1) {
      h.pass(30 * SECOND)
      h.signals(...all(null))
    }
    expectCalm(h, 50)
    expect(h.state.incidents.filter(({ state }) => state !== 'resolved')).toEqual([])
  })
})

describe('in the middle of a storm', () => {
  it('a crash before anything was sent sends everything once when the bot is back', () => {
    const h = storm(NOON)
    h.setOnline(false)
    for (let session = 0; session < 40; session += 1) {
      h.pass(6_000)
      h.signals(look('context', 'critical', { session: `s${session}`, at: h.now }))
    }
    expect(h.posts).toEqual([])
    h.restart(10 * MINUTE)
    expectCalm(h, 40)
  })

  it('a node that the bot could not see during the storm is still shown as it was, and never as recovered', () => {
    const h = storm(NOON)
    for (let pass = 0; pass < 3; pass += 1) {
      h.pass(30 * SECOND)
      h.signals(look('context', 'critical', { at: h.now }))
    }
    for (let pass = 0; pass < 60; pass += 1) {
      h.pass(30 * SECOND)
      if (pass === 30) h.restart(5 * MINUTE)
      h.signals(look('context', undefined, { at: h.now }))
    }
    expect(h.state.incidents).toMatchObject([{ state: 'open', level: 'critical' }])
    expect(h.posts).toHaveLength(1)
  })
})
