import { describe, expect, it } from 'vitest'
import { LOCALES } from '../../src/base/locale.ts'
import { fresh } from '../../src/base/reading.ts'
import { createReader } from '../../src/discord/reader.ts'
import {
  fleetPlanView,
  fleetProgressView,
  fleetResultView,
  versionsView,
} from '../../src/discord/views/fleet.ts'
import type { FleetResult, FleetRow } from '../../src/operations/fleet-change.ts'
import type { FleetPlan } from '../../src/operations/fleet-plan.ts'
import type { Outcome } from '../../src/operations/operation.ts'
import type { FleetVerb } from '../../src/presenters/fleet.ts'
import { expectAccepted, textOf } from './discord-rules.ts'
import { ASKED, HUGE, NOW, PRESSED, reportOf, STATES } from './extremes.ts'

const VERBS: FleetVerb[] = ['restart', 'backup', 'maintenance', 'update']
const idOf = (index: number) => `${index}-`.padEnd(63, 'n')
const nodes = Array.from({ length: 1_000 }, (_, index) => ({
  id: idOf(index),
  name: HUGE.slice(0, 80),
  state: STATES[index % STATES.length] ?? 'unknown',
  update: {
    from: `${HUGE.slice(0, 30)}${index % 20}`,
    bringsNode: true,
    doctor: true,
    resumes: true,
    blind: true,
  },
}))
const WHY = ['retired', 'maintenance', 'not-permitted', 'not-reachable', 'already', 'impossible'] as const
const PROBLEMS = ['no-room', 'older', 'no-unit', 'left-over', 'other-update', 'wrong-machine'] as const
const impossible = (node: string, index: number) => ({
  code: 'update-impossible' as const,
  params: { node, why: PROBLEMS[Math.floor(index / WHY.length) % PROBLEMS.length] ?? 'no-room' },
})
const plan: FleetPlan = {
  tags: Array.from({ length: 8 }, () => 't'.repeat(32)),
  nodes,
  left: nodes.map(({ id, name }, index) => ({
    id,
    name,
    why: WHY[index % WHY.length] ?? 'already',
    ...(index % WHY.length === 5 ? { error: impossible(id, index) } : {}),
  })),
  waves: [1, 3, 996],
  asked: { on: true, minutes: 43_200, to: HUGE },
}
const ROW_STATES: FleetRow['state'][] = [
  'done',
  'waiting',
  'running',
  'partial',
  'failed',
  'unknown',
  'refused',
  'not-begun',
  'stopped',
]
const waits: FleetRow['step'] = {
  ...{ step: 'waiting', waitedMs: 86_400_000, limitMs: 86_400_000 },
  reason: { code: 'not-reported', params: {}, detail: HUGE },
}
const back: FleetRow['update'] = {
  ...{ from: HUGE, to: HUGE, state: 'rolled-back', serving: true, fault: 'agents-missing' },
  ...{ checkpoint: HUGE, restored: true },
  turn: { state: 'failed', why: null, agent: HUGE, said: HUGE, tookMs: 86_400_000, left: HUGE },
}
const rows: FleetRow[] = nodes.map(({ id, name }, index) => ({
  id,
  name,
  state: ROW_STATES[index % ROW_STATES.length] ?? 'done',
  error: index % 16 < 8 ? { code: 'node-unreachable', params: { node: id, reason: HUGE } } : null,
  tookMs: 86_400_000,
  ...(ROW_STATES[index % ROW_STATES.length] === 'running' ? { step: waits } : {}),
  ...(index % 16 < 8 ? {} : { update: back }),
}))
const ended = (outcome: Outcome, change: Partial<FleetResult> = {}) =>
  reportOf(outcome, {
    tags: plan.tags,
    rows,
    left: plan.left,
    haltedBy: null,
    stopped: false,
    stoppedBy: null,
    ...change,
  })

describe.each(LOCALES)('cards of many nodes in %s', (locale) => {
  const reader = createReader(locale, NOW, new Map())
  const { ink } = reader

  it.each(VERBS)('name what is meant and what is left out, for a thousand nodes: %s', (verb) => {
    const card = fleetPlanView(verb, plan, ASKED, reader, HUGE)
    expectAccepted(card)
    expect(textOf(card)).toContain(ink.code(idOf(0)))
    for (const on of [true, false])
      expectAccepted(
        fleetPlanView(
          verb,
          { ...plan, tags: [], left: [], asked: { on, minutes: null } },
          ASKED,
          reader,
          null,
        ),
      )
  })

  it.each(VERBS)('show what moves and what went wrong first, with the button to stop: %s', (verb) => {
    const moved = rows.map((changed) => ({ step: 'node' as const, changed }))
    for (const steps of [[], moved]) {
      const card = fleetProgressView(verb, plan, steps, PRESSED, 'r'.repeat(36), reader)
      expectAccepted(card)
      expect(JSON.stringify(card)).toContain('r'.repeat(36))
      if (steps.length > 0) expect(textOf(card)).toContain(ink.t('fleet.state.failed'))
    }
  })

  it.each(VERBS)('say who halted it and never that a node is done that is not: %s', (verb) => {
    const node = ink.code(idOf(4))
    const halted = fleetResultView(verb, ended('partial', { haltedBy: idOf(4) }), PRESSED, reader)
    expectAccepted(halted)
    expect(textOf(halted)).toContain(ink.t('fleet.halted', {}, { node }))
    const stop = { stopped: true, stoppedBy: HUGE, left: [] }
    const stopped = fleetResultView(verb, ended('failed', stop), PRESSED, reader)
    expectAccepted(stopped)
    const next = { also: ink.t('fleet.next'), update: ink.t('fleet.update.next') }
    expect(textOf(stopped)).toContain(ink.t('fleet.stopped', {}, { by: ink.remote(HUGE, 60) }))
    expect(textOf(stopped)).toContain(verb === 'update' ? next.update : next.also)
    const bad = rows.filter(({ state }) => state === 'failed').slice(0, 5)
    const none = fleetResultView(verb, ended('failed', { rows: bad, left: [] }), PRESSED, reader)
    expect(textOf(none)).toContain(ink.t(`fleet.${verb}.result`, { done: 0, count: 5 }))
    expect(textOf(none)).not.toContain(`\` ${ink.t('fleet.state.done')}`)
  })

  it.each(VERBS)('tell of a stop by hand as of no failure, and how to go on: %s', (verb) => {
    const [one] = rows
    const row = (state: FleetRow['state']) => ({ ...one, state, error: null }) as FleetRow
    const stop = { stopped: true, stoppedBy: 'Mira', left: [], rows: [row('stopped'), row('not-begun')] }
    const card = fleetResultView(verb, ended('partial', stop), PRESSED, reader)
    const told = textOf(card)
    expect(told).toContain(ink.t('fleet.stopped', {}, { by: 'Mira' }))
    expect(told).toContain(ink.t('fleet.state.stopped'))
    expect(told).toContain(ink.t(verb === 'update' ? 'fleet.update.stopped.next' : 'fleet.stopped.next'))
    expect(told).not.toContain(ink.t(verb === 'update' ? 'fleet.update.next' : 'fleet.next'))
    const done = fleetResultView(verb, ended('done', { rows: [row('done')] }), PRESSED, reader)
    const plain = fleetProgressView(verb, plan, [], PRESSED, 'r', reader)
    const colours = [plain, done].map(
      (other) => (other.components[0] as { accent_color?: number }).accent_color,
    )
    expect((card.components[0] as { accent_color?: number }).accent_color).toBe(colours[0])
    expect(colours[0]).not.toBe(colours[1])
  })

  it('tell the versions, and what is not known apart from what is another', () => {
    const ids = nodes.map(({ id }) => id)
    const row = { id: 'a', name: 'A', openclaw: fresh(HUGE, 'probe', NOW), node: fresh('v24', 'probe', NOW) }
    const versions = Array.from({ length: 12 }, () => ({ version: HUGE, nodes: ids }))
    const base = { tags: ['t'.repeat(32)], rows: [row], versions, majority: null, apart: ids, unread: ids }
    expectAccepted(versionsView(base, reader))
    const same = { ...base, versions: versions.slice(0, 1), majority: HUGE, apart: [], unread: [] }
    expect(textOf(versionsView(same, reader))).toContain(ink.t('fleet.versions.same'))
    const unread = versionsView({ ...same, versions: [], majority: null, unread: ['x'] }, reader)
    expect(textOf(unread)).not.toContain(ink.t('fleet.versions.same'))
  })
})
