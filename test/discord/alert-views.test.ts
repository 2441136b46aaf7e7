import { describe, expect, it } from 'vitest'
import { LOCALES } from '../../src/base/locale.ts'
import { fresh, stale, unknown } from '../../src/base/reading.ts'
import { createReader } from '../../src/discord/reader.ts'
import { alertRuleView } from '../../src/discord/views/alert-rule.ts'
import { alertTestView, testAlertView } from '../../src/discord/views/alert-test.ts'
import { digestView } from '../../src/discord/views/digest.ts'
import { incidentView } from '../../src/discord/views/incident.ts'
import { entryText } from '../../src/discord/views/incident-lines.ts'
import { incidentListView } from '../../src/discord/views/incident-list.ts'
import { incidentNoteView, muteNoteView } from '../../src/discord/views/incident-note.ts'
import { incidentWhyView } from '../../src/discord/views/incident-why.ts'
import { preventPlanView, preventProgressView, preventResultView } from '../../src/discord/views/prevent.ts'
import {
  sessionPlanView,
  sessionProgressView,
  sessionResultView,
} from '../../src/discord/views/session-change.ts'
import { sessionDetailView } from '../../src/discord/views/session-detail.ts'
import { sessionListView } from '../../src/discord/views/session-list.ts'
import { type Incident, TIMELINE_KINDS, type TimelineEntry } from '../../src/incidents/incident.ts'
import { CONDITION_CODES } from '../../src/monitor/conditions.ts'
import type { Forecast } from '../../src/monitor/forecast.ts'
import { observe } from '../../src/monitor/history.ts'
import { TOPICS } from '../../src/monitor/signal.ts'
import { thresholdsSchema } from '../../src/monitor/thresholds.ts'
import type { SessionView } from '../../src/operations/list-sessions.ts'
import type { Outcome, Report } from '../../src/operations/operation.ts'
import type { PreventResult } from '../../src/operations/prevent-overflow.ts'
import type { SessionChange, SessionPlan } from '../../src/operations/session-plan.ts'
import type { IncidentFacts, WhyFacts } from '../../src/presenters/incident-facts.ts'
import { controlsOf } from '../support/room.ts'
import { sessionFacts } from '../support/snapshots.ts'
import { expectAccepted, textOf } from './discord-rules.ts'
import { HOSTILE, HUGE, NOW } from './extremes.ts'

const OUTCOMES: Outcome[] = ['done', 'partial', 'failed', 'unknown']
const ROLE = '123456789012345678'
const asked = { id: 'c'.repeat(36), requesterId: ROLE, requesterName: HUGE, expiresAt: NOW }
const pressed = { id: ROLE, name: HUGE, at: NOW }
const node = { id: 'n'.repeat(63), name: HOSTILE.slice(0, 80) }
const image = { name: 'context.png', png: Buffer.from('png'), alt: HUGE }
const ahead: Forecast = {
  tokensPerHour: 41_234,
  tokensPerTurn: 3_500,
  largeTurn: 9_000,
  fullInMs: 35 * 60_000,
  earliestMs: 25 * 60_000,
  latestMs: 49.2 * 60_000,
  turnsLeft: 8,
}
const reportOf = <T>(outcome: Outcome, data: T): Report<T> => ({
  operation: 'x',
  operationId: 'o'.repeat(36),
  outcome,
  data,
  startedAt: NOW,
  durationMs: 5,
})

function entry(changes: Partial<TimelineEntry> = {}): TimelineEntry {
  const params = {
    from: 'notice',
    percent: 82.4,
    minutes: 12,
    count: 3,
    operation: 'compact-session',
    outcome: 'done',
    before: 134_000,
    after: 20_288,
    why: 'maintenance',
    cause: 'context-overflow',
    agent: 'main',
  }
  return {
    at: NOW,
    kind: 'opened',
    level: 'warning',
    by: HOSTILE.slice(0, 128),
    params,
    ping: false,
    ...changes,
  }
}

function incident(changes: Partial<Incident> = {}): Incident {
  return {
    id: 'I-123456789',
    key: 'k',
    topic: 'context',
    subject: { nodeId: node.id, agentId: HUGE.slice(0, 128), sessionKey: HUGE.slice(0, 512) },
    state: 'open',
    level: 'critical',
    peak: 'critical',
    cause: 'context-level',
    causes: [],
    params: {
      agent: HUGE,
      session: HUGE,
      model: HUGE,
      used: 171_498,
      window: 200_000,
      reserve: 34_048,
      headroom: -5_546,
      percent: 103.3,
      turn: 9_000,
      fromMinutes: 25,
      toMinutes: 50,
      turnsLeft: 8,
      point: 180_000,
      count: 3,
      rise: 40_000,
      turns: 7,
    },
    openedAt: NOW - 3_600_000,
    levelSince: NOW,
    resolvedAt: null,
    acknowledged: { by: HUGE.slice(0, 128), at: NOW },
    snoozed: { by: HUGE.slice(0, 128), until: NOW, level: 'critical' },
    reopenedAt: [],
    flapping: true,
    clearSince: null,
    unseenSince: NOW,
    paused: { since: NOW, why: 'maintenance' },
    notifiedLevel: 'critical',
    notifiedAt: NOW,
    escalatedAt: NOW,
    place: 'own',
    digestIds: [],
    timeline: TIMELINE_KINDS.map((kind) => entry({ kind })),
    timelineStart: 0,
    revision: 1,
    ...changes,
  }
}

const many = Array.from({ length: 60 }, (_, index) => ({
  incident: incident({ id: `I-${index}`, topic: TOPICS[index % TOPICS.length] ?? 'disk' }),
  node,
}))

const digest = (shown: typeof many) => ({ id: 'D-9', total: shown.length, open: shown.length, shown })

function facts(changes: Partial<Incident> = {}): IncidentFacts {
  const reason = { code: 'connect-timeout' as const, params: { ms: 5000 }, detail: HUGE }
  return { incident: incident(changes), node, forecast: ahead, reason, absorbed: many }
}

const buttonsOf = (card: { components: unknown }) => controlsOf({ raw: card } as never)

describe.each(LOCALES)('alert cards in %s', (locale) => {
  const reader = createReader(locale, NOW, new Map())
  const { ink } = reader

  it('show every cause with what to do next, in every state, as Discord takes them', () => {
    for (const cause of CONDITION_CODES)
      for (const state of ['open', 'acknowledged', 'snoozed', 'resolved'] as const) {
        const resolvedAt = state === 'resolved' ? NOW : null
        const card = incidentView(facts({ cause, state, resolvedAt }), reader, ROLE)
        expectAccepted(card)
        const next = ink.coded(`condition.${cause}.next`, incident().params)
        if (state === 'resolved') expect(textOf(card)).not.toContain(next)
        else expect(textOf(card)).toContain(next)
      }
  })

  it('tell the past as past once it is over: no next step, nothing that is left, no level that still holds', () => {
    for (const cause of CONDITION_CODES) {
      const over = facts({
        cause,
        state: 'resolved',
        resolvedAt: NOW,
        params: { ...incident().params, headroom: 3_937 },
      })
      const shown = textOf(
        incidentView({ ...over, forecast: null, reason: null, absorbed: [] }, reader, ROLE),
      )
      const said = (text: string) => textOf({ components: [{ type: 10, content: text }] } as never)
      expect(shown).toContain(said(ink.coded(`past.${cause}`, over.incident.params)))
      expect(shown).toContain(ink.t('incident.was', { level: 'critical' }))
      expect(shown).not.toContain(ink.t('incident.figures', { window: 200_000, reserve: 34_048 }))
      expect(shown).toContain(ink.t('incident.was-used', { used: 171_498, usable: 165_952 }))
    }
  })

  it('do not say what is left where the provider refuses', () => {
    const refused = facts({ cause: 'context-overflow', params: { ...incident().params, headroom: 2_500 } })
    const shown = textOf(incidentView(refused, reader, null))
    expect(shown).toContain(ink.t('value.context', { used: 171_498, usable: 165_952 }))
    expect(shown).not.toContain(ink.t('value.headroom', { headroom: 2_500 }))
  })

  it('offer work on a session, on a node only what is left, and nothing but the reason when it is over', () => {
    const actions = (changes: Partial<Incident>) =>
      buttonsOf(incidentView({ ...facts(changes), absorbed: [] }, reader, null)).map((id) => id.split('|')[2])
    const handle = ['snooze-hour', 'snooze-long', 'status', 'why']
    expect(actions({ acknowledged: null })).toEqual(['compact', 'reset', 'prevent', 'ack', ...handle])
    const subject = { nodeId: node.id, agentId: null, sessionKey: null }
    expect(actions({ topic: 'availability', cause: 'not-serving', subject, acknowledged: null })).toEqual([
      'ack',
      ...handle,
    ])
    expect(actions({})).not.toContain('ack')
    expect(actions({ state: 'resolved', resolvedAt: NOW })).toEqual(['why'])
  })

  it('say the forecast as a range', () => {
    expect(textOf(incidentView(facts(), reader, null))).toContain(
      ink.t('incident.full-minutes', { from: 25, to: 50 }),
    )
    const far = { ...ahead, earliestMs: 3 * 3_600_000, latestMs: 24 * 3_600_000 }
    expectAccepted(incidentView({ ...facts(), forecast: far }, reader, null))
    const now = { ...ahead, earliestMs: 0, latestMs: 0, turnsLeft: 0 }
    const text = textOf(incidentView({ ...facts(), forecast: { ...now, turnsLeft: 1 } }, reader, null))
    expect(text).toContain(ink.t('incident.full-now'))
    expect(text, 'full now, and turns left').not.toContain(ink.t('incident.turns-left', { count: 1 }))
  })

  it('speak about the bot itself, and show figures that are not known', () => {
    const subject = { nodeId: null, agentId: null, sessionKey: null }
    const blind = { ...facts({ topic: 'blind', cause: 'bot-blind', subject, params: {} }), node: null }
    expectAccepted(incidentView(blind, reader, ROLE))
    expect(textOf(incidentView(blind, reader, null))).toContain(ink.t('incident.ocm'))
    const dark = { used: '?', window: '?', headroom: '?', percent: '?', reserve: 34_048 }
    expectAccepted(incidentView(facts({ cause: 'context-overflow', params: dark }), reader, null))
  })

  it('tell everything that can happen in a line that stays within a message', () => {
    for (const kind of TIMELINE_KINDS) {
      const line = entryText(entry({ kind }), ink)
      expect(line).not.toMatch(/[?？]/)
      expect(line.length).toBeLessThan(1500)
      expect(line).not.toContain('\n')
      expect(line).not.toMatch(/@everyone|<@&?\d/)
    }
  })

  it('list a storm in one digest, and incidents page by page, each once', () => {
    expectAccepted(digestView(digest(many), reader))
    expectAccepted(digestView(digest([]), reader))
    expect(textOf(digestView(digest(many), reader))).toContain(ink.t('digest.title', { count: 60 }))
    const one = textOf(digestView(digest(many.slice(0, 1)), reader))
    expect(one).toContain(ink.t('digest.why-one'))
    expect(one).not.toContain(ink.t('digest.why'))
    const mutes = Array.from({ length: 9 }, () => ({
      nodeId: node.id,
      agentId: HUGE,
      tag: 't',
      until: NOW,
      by: HUGE,
    }))
    const seen = new Set<string>()
    for (let page = 1; page <= 60; page += 1) {
      const card = incidentListView({ incidents: many, mutes, all: true }, reader, page)
      expectAccepted(card)
      const ids = many.map(({ incident: one }) => one.id).filter((id) => textOf(card).includes(`${id}\n`))
      if (ids.every((id) => seen.has(id))) break
      for (const id of ids) seen.add(id)
    }
    expect(seen.size).toBe(many.length)
    expect(textOf(incidentListView({ incidents: [], mutes: [], all: false }, reader))).toContain(
      ink.t('alerts.none'),
    )
  })

  it('explain every topic with values, rule and picture', () => {
    const thresholds = thresholdsSchema.parse({})
    for (const topic of TOPICS)
      for (const session of [
        null,
        sessionFacts(150_000),
        sessionFacts(stale(1, 'cli', NOW, { code: 'counter-stale', detail: HUGE })),
      ]) {
        const why: WhyFacts = { ...facts({ topic }), session, thresholds }
        const card = incidentWhyView(why, image, reader)
        expectAccepted(card)
        expect(JSON.stringify(card.components)).toContain('attachment://context.png')
        expectAccepted(incidentWhyView(why, undefined, reader))
      }
  })

  it('answer what was done with an incident, a mute, a rule and a test', () => {
    for (const done of ['acknowledged', 'snoozed', 'unsnoozed'] as const)
      expectAccepted(incidentNoteView(done, incident(), reader))
    for (const until of [NOW, null])
      expectAccepted(muteNoteView({ nodeId: node.id, agentId: HUGE, tag: 'prod' }, until, reader))
    const thresholds = thresholdsSchema.parse({})
    const overrides = Array.from({ length: 40 }, (_, index) => ({
      scope: index % 2 ? { node: node.id, agent: `${index}${HUGE.slice(0, 120)}` } : { tag: `t${index}` },
      set: thresholds,
    }))
    const scope = { node: node.id, agent: `1${HUGE.slice(0, 120)}`, tag: null }
    expectAccepted(alertRuleView({ scope, thresholds, overrides }, 'contextNotice', false, reader))
    expectAccepted(
      alertRuleView({ scope: { ...scope, node: null }, thresholds, overrides: [] }, null, true, reader),
    )
    for (const edited of [true, false]) expectAccepted(testAlertView(edited, reader))
    const call = { state: 'silent' as const, role: HUGE }
    const test = {
      call,
      channelId: ROLE,
      passed: ['post' as const],
      failed: ['edit' as const, 'thread' as const],
      thread: 'archived' as const,
    }
    expectAccepted(alertTestView({ ...test, missing: ['SendMessages', HUGE], problem: HUGE }, reader))
    expectAccepted(alertTestView({ ...test, failed: [], missing: [], problem: null }, reader))
    expectAccepted(alertTestView({ ...test, missing: null, problem: HUGE }, reader))
  })

  it.each([0, 1, 80])('list %i sessions, and show one', (count) => {
    const views = Array.from({ length: count }, (_, index): SessionView => {
      const used = index % 5 ? index * 3000 : unknown<number>({ code: 'counter-missing', detail: HUGE }, NOW)
      const session = sessionFacts(used, {
        key: `${index}${HUGE}`,
        agentId: HUGE,
        lastRunError: HUGE,
        running: true,
      })
      const level = index % 4 ? null : ('warning' as const)
      return { session, level, forecast: index % 2 ? ahead : null, incident: index % 3 ? null : incident() }
    })
    const list = { nodeId: node.id, reason: null, sessions: views, limitedTo: null, observedAt: NOW }
    for (const page of [1, 2, 40, 9999])
      expectAccepted(sessionListView(list, node, 'a'.repeat(6), reader, page))
    const reason = { code: 'gateway-hung' as const, detail: HUGE }
    const unread = sessionListView({ ...list, reason, sessions: [] }, node, '', reader)
    expectAccepted(unread)
    expect(textOf(unread)).toContain(ink.t('word.sessions-unknown'))
    expect(textOf(unread)).not.toContain(ink.t('word.sessions', { count: 0 }))
    const limit = ink.t('word.limited', { count })
    expect(textOf(sessionListView({ ...list, limitedTo: 1_000 }, node, '', reader))).toContain(limit)
    expect(textOf(sessionListView(list, node, '', reader))).not.toContain(limit)
    for (const view of views.slice(0, 6)) {
      const history = observe(undefined, view.session, NOW)
      const detail = { ...view, nodeId: node.id, history, observedAt: NOW }
      expectAccepted(sessionDetailView(detail, node, image, reader))
      expectAccepted(sessionDetailView({ ...detail, history: null }, node, undefined, reader))
    }
  })

  it('ask, show and report a compaction and a new session', () => {
    const plan: SessionPlan = {
      nodeId: node.id,
      sessionKey: HUGE,
      agentId: HUGE,
      sessionId: null,
      used: fresh(171_498, 'rpc', NOW),
      usable: 165_952,
      running: true,
      method: 'rpc',
    }
    const steps = [{ step: 'saving' as const }, { step: 'acting' as const }, { step: 'verifying' as const }]
    for (const kind of ['compact', 'reset'] as const) {
      for (const method of ['rpc', 'chat'] as const)
        expectAccepted(sessionPlanView(kind, { ...plan, method, usable: null }, asked, reader))
      // The same base as every other number of a context: where the provider refuses.
      expect(textOf(sessionPlanView(kind, plan, asked, reader))).toContain(
        ink.t('value.context', { used: 171_498, usable: 165_952 }),
      )
      for (let count = 0; count <= steps.length; count += 1)
        expectAccepted(sessionProgressView(kind, plan, steps.slice(0, count), pressed, reader))
      for (const outcome of OUTCOMES) {
        const data: SessionChange = {
          nodeId: node.id,
          sessionKey: HUGE,
          before: plan.used,
          after:
            outcome === 'unknown'
              ? unknown({ code: 'gateway-offline', detail: HUGE }, NOW)
              : fresh(0, 'rpc', NOW),
          transcript:
            outcome === 'failed'
              ? { saved: false, reason: { code: 'gateway-error', detail: HUGE } }
              : { saved: true, name: HUGE, bytes: 1234 },
          refusal: HUGE,
        }
        const card = sessionResultView(kind, plan, reportOf(outcome, data), pressed, reader)
        expectAccepted(card)
        expect(textOf(card)).toContain(ink.t('change.after'))
      }
    }
  })

  it('show a change of the configuration as a diff, and what the node has afterwards', () => {
    const plan: PreventResult = {
      nodeId: node.id,
      path: `models.providers.${HUGE.slice(0, 200)}.contextTokens`,
      before: null,
      after: 180_000,
      window: 200_000,
      reserve: 34_048,
      compactsAt: 160_000,
      model: HUGE,
      verified: null,
      needsRestart: true,
    }
    const card = preventPlanView(plan, asked, reader)
    expectAccepted(card)
    expect(textOf(card)).toMatch(/\n- .+\n\+ 180000\n/)
    for (const count of [0, 1, 2])
      expectAccepted(
        preventProgressView(
          plan,
          [{ step: 'acting' as const }, { step: 'verifying' as const }].slice(0, count),
          pressed,
          reader,
        ),
      )
    for (const outcome of OUTCOMES)
      expectAccepted(preventResultView(reportOf(outcome, { ...plan, verified: 180_000 }), pressed, reader))
  })
})
