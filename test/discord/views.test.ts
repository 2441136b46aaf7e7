import { ComponentType } from 'discord.js'
import { describe, expect, it } from 'vitest'
import { jumpName } from '../../registry/jumps.ts'
import { ERROR_CODES, type ErrorCode, OperatorError } from '../../src/base/errors.ts'
import { LOCALES } from '../../src/base/locale.ts'
import { fresh, unknown } from '../../src/base/reading.ts'
import { createReader } from '../../src/discord/reader.ts'
import { closedQuestionView } from '../../src/discord/views/confirm.ts'
import { editPlanView, editProgressView, editResultView } from '../../src/discord/views/edit.ts'
import { errorView } from '../../src/discord/views/error.ts'
import { jumpPlanView, jumpProgressView, jumpResultView } from '../../src/discord/views/jump.ts'
import { nodeListView } from '../../src/discord/views/node-list.ts'
import { followingLogsView, nodeLogsView } from '../../src/discord/views/node-logs.ts'
import { nodeStatusView } from '../../src/discord/views/node-status.ts'
import {
  registerPlanView,
  registerProgressView,
  registerResultView,
} from '../../src/discord/views/register.ts'
import { removePlanView, removeProgressView, removeResultView } from '../../src/discord/views/remove.ts'
import { restartPlanView, restartProgressView, restartResultView } from '../../src/discord/views/restart.ts'
import {
  retirePlanView,
  retireProgressView,
  retireResultView,
  unretireResultView,
} from '../../src/discord/views/retire.ts'
import { trustPlanView, trustProgressView, trustResultView } from '../../src/discord/views/trust.ts'
import type { EditPlan } from '../../src/operations/edit-node.ts'
import type { OfferedJump } from '../../src/operations/jump-host.ts'
import type { Outcome, Report } from '../../src/operations/operation.ts'
import type { RegisterPlan } from '../../src/operations/register-node.ts'
import type { RestartPlan, RestartResult } from '../../src/operations/restart-node.ts'
import type { RetirePlan } from '../../src/operations/retire-node.ts'
import type { TagJumpPlan } from '../../src/operations/set-tag-jump.ts'
import type { TrustPlan } from '../../src/operations/trust-node.ts'
import { healthySnapshot } from '../support/snapshots.ts'
import { expectAccepted, partsOf, textOf } from './discord-rules.ts'
import {
  blindSnapshot,
  crowdedSnapshot,
  everyAnomaly,
  HOSTILE,
  HUGE,
  NOW,
  nodeList,
  nodeRecord,
  nodeStatusOf,
  rowFor,
  STATES,
  widestRecord,
} from './extremes.ts'

const IDS = new Map([['node status', '123456789012345678']])
const OUTCOMES: Outcome[] = ['done', 'partial', 'failed', 'unknown']
const asked = { id: 'c'.repeat(36), requesterId: '123456789012345678', requesterName: HUGE, expiresAt: NOW }
const pressed = { id: '123456789012345678', name: HUGE, at: NOW }
const reportOf = <T>(outcome: Outcome, data: T): Report<T> => ({
  operation: 'x',
  operationId: 'o'.repeat(36),
  outcome,
  data,
  startedAt: NOW,
  durationMs: 5,
})

function restartPlan(changes: Partial<RestartPlan> = {}): RestartPlan {
  const turns = Array.from({ length: 30 }, () => ({ sessionKey: HUGE, agentId: HUGE, startedAt: NOW }))
  return {
    nodeId: 'n'.repeat(63),
    nodeName: HOSTILE.slice(0, 80),
    state: 'not-serving',
    reason: { code: 'port-silent', params: { port: 18_789 }, detail: HUGE },
    running: fresh(turns, 'rpc', NOW),
    otherWork: fresh(
      Array.from({ length: 30 }, () => ({ kind: HUGE, count: 3 })),
      'rpc',
      NOW,
    ),
    method: 'systemd',
    canDrain: true,
    drain: false,
    drainSeconds: 90,
    ...changes,
  }
}

describe.each(LOCALES)('cards in %s', (locale) => {
  const reader = createReader(locale, NOW, IDS)
  const { ink } = reader

  it.each([0, 1, 13, 60, 300])(
    'lists %i nodes on pages that Discord takes, each node exactly once',
    (count) => {
      const list = nodeList(Array.from({ length: count }, (_, index) => rowFor(index)))
      const seen: string[] = []
      let page = 1
      for (; page <= 400; page += 1) {
        const card = nodeListView(list, reader, page)
        expectAccepted(card)
        const menu = partsOf(card).find(({ type }) => type === ComponentType.StringSelect) as
          | { options: { value: string }[] }
          | undefined
        const values = menu?.options.map(({ value }) => value) ?? []
        if (values.some((value) => seen.includes(value)) || values.length === 0) break
        seen.push(...values)
      }
      expect(seen).toEqual(list.rows.map(({ id }) => id))
    },
  )

  it('says what to do first in an empty fleet, and that nothing matches in a filtered one', () => {
    expect(textOf(nodeListView(nodeList([]), reader))).toContain(ink.t('list.empty.next'))
    const filtered = nodeList([], {
      total: 4,
      hidden: 4,
      filter: { tags: ['t'.repeat(32)], state: 'maintenance' },
    })
    expectAccepted(nodeListView(filtered, reader))
    expect(textOf(nodeListView(filtered, reader))).toContain(ink.t('list.no-match'))
  })

  it('comes with the whole list as a file when it is long, and not while rows are pending', () => {
    const rows = Array.from({ length: 60 }, (_, index) => ({ ...rowFor(index), pending: false }))
    const [file] = nodeListView(nodeList(rows), reader).files
    for (const { id } of rows) expect(file?.text).toContain(id)
    expect(nodeListView(nodeList(rows, { pending: 1 }), reader).files).toEqual([])
  })

  it.each([0, 1, 300])('shows a node with %i agents on pages that Discord takes', (count) => {
    const status = nodeStatusOf(crowdedSnapshot(count), {
      node: widestRecord(1),
      anomalies: everyAnomaly(HUGE),
    })
    const first = nodeStatusView(status, reader, 1)
    const pages = Number(/1\D+(\d+)/.exec(textOf(first).match(/.*(?:page|ページ|页).*/)?.[0] ?? '')?.[1] ?? 1)
    for (const page of [1, 2, 3, 17, 9999, -1]) expectAccepted(nodeStatusView(status, reader, page))
    expect(pages).toBeGreaterThan(1)
    if (count === 300) expect(first.files[0]?.text).toContain('299')
  })

  it('puts what is wrong before the facts, each with its next step', () => {
    const anomalies = everyAnomaly('main').slice(0, 3)
    const text = textOf(nodeStatusView(nodeStatusOf(healthySnapshot(), { anomalies }), reader))
    for (const { code, params } of anomalies) {
      expect(text).toContain(ink.coded(`condition.${code}`, params))
      expect(text).toContain(ink.coded(`condition.${code}.next`, params))
    }
    expect(text.indexOf(ink.t('label.anomalies'))).toBeLessThan(text.indexOf(ink.t('label.machine')))
  })

  it('gives the reason once for all the parts of which nothing is known', () => {
    const card = nodeStatusView(nodeStatusOf(blindSnapshot()), reader)
    expectAccepted(card)
    const reason = ink.t('reason.connect-timeout', { ms: 5000 })
    expect(textOf(card).split(reason).length - 1).toBe(1)
  })

  it('asks, shows and reports a restart in every state and outcome', () => {
    for (const drain of [true, false])
      for (const canDrain of [true, false])
        expectAccepted(restartPlanView(restartPlan({ drain, canDrain }), asked, reader))
    const unasked = restartPlan({ running: unknown({ code: 'gateway-offline', detail: HUGE }, NOW) })
    expectAccepted(restartPlanView(unasked, asked, reader))
    const reason = { code: 'gateway-starting' as const, detail: HUGE }
    const steps = [
      { step: 'checking' as const },
      { step: 'draining' as const, running: 1, waitedMs: 1000, limitMs: 90_000 },
      { step: 'restarting' as const, method: 'systemd' as const },
      { step: 'waiting' as const, waitedMs: 1000, limitMs: 90_000, reason },
    ]
    for (let count = 0; count <= steps.length; count += 1)
      expectAccepted(restartProgressView(restartPlan(), steps.slice(0, count), pressed, reader))
    for (const outcome of OUTCOMES) {
      const result: RestartResult = {
        nodeId: 'n'.repeat(63),
        method: 'systemd',
        secondsToServe: outcome === 'done' ? 12.4 : null,
        interrupted: 2,
        drained: true,
        before: { state: 'serving', bootId: null, pid: 1 },
        after: {
          state: 'service-down',
          bootId: null,
          pid: null,
          reason: { code: 'service-failed', detail: HUGE },
        },
        logTail: Array.from({ length: 200 }, () => HUGE),
      }
      expectAccepted(restartResultView(restartPlan(), reportOf(outcome, result), pressed, reader))
    }
  })

  it('asks and reports a retirement, and never claims that a node it could not ask is quiet', () => {
    const plan: RetirePlan = {
      nodeId: 'n'.repeat(63),
      nodeName: HOSTILE.slice(0, 80),
      reachable: false,
      state: 'unreachable',
      reason: { code: 'no-route', detail: HUGE },
      agents: unknown({ code: 'no-route', detail: HUGE }, NOW),
    }
    const crowd = fresh(
      Array.from({ length: 300 }, () => HUGE),
      'rpc' as const,
      NOW,
    )
    expectAccepted(retirePlanView(plan, asked, reader, HUGE))
    expectAccepted(retirePlanView({ ...plan, agents: crowd, reachable: true }, asked, reader, null))
    expectAccepted(retireProgressView(plan, pressed, reader))
    for (const state of STATES) {
      const node = widestRecord(3)
      const gone = retireResultView(
        reportOf('done', { node, mayStillRun: true, state, reason: null }),
        pressed,
        reader,
      )
      expectAccepted(gone)
      expectAccepted(unretireResultView(reportOf('done', { node, state, reason: plan.reason }), reader))
    }
    expect(textOf(retirePlanView(plan, asked, reader, null))).toContain(ink.t('retire.ask.unreachable'))
  })

  it('shows a host key for approval and what was taken in', () => {
    const { id, name, host, sshPort, sshUser, gatewayPort, tags } = widestRecord(5)
    const plan: RegisterPlan = {
      node: {
        id,
        name,
        host,
        sshPort,
        sshUser,
        gatewayPort,
        ocPath: `/${'p'.repeat(511)}`,
        unit: null,
        tags,
      },
      hostKey: { type: 'ssh-ed25519', key: 'AAAA', fingerprint: `SHA256:${'a'.repeat(43)}` },
      known: 'new',
      namesake: 'n'.repeat(63),
      jump: widestJump,
    }
    const card = registerPlanView(plan, asked, reader)
    expectAccepted(card)
    expect(textOf(card)).toContain(plan.hostKey.fingerprint)
    expectAccepted(registerProgressView(plan, [{ step: 'connecting' }, { step: 'probing' }], pressed, reader))
    const data = { node: widestRecord(5), snapshot: crowdedSnapshot(3), anomalies: everyAnomaly(HUGE) }
    expectAccepted(registerResultView(reportOf('done', data), pressed, reader))
  })

  it('shows a key that changed as old and new with a warning, and one that is only new without', () => {
    const { id, name, host, sshPort } = widestRecord(5)
    const offered = { type: 'ssh-ed25519', key: 'AAAA', fingerprint: `SHA256:${'b'.repeat(43)}` }
    const pinned = Array.from({ length: 8 }, (_, index) => `SHA256:${String(index).repeat(43)}`)
    const plan: TrustPlan = {
      ...{ nodeId: id, nodeName: name, host, sshPort, offered, pinned },
      known: 'new',
      jump: widestJump,
    }
    const warning = ink.t('trust.ask.changed')
    const changed = trustPlanView(plan, asked, reader, HUGE)
    expectAccepted(changed)
    expect(textOf(changed)).toContain(warning)
    for (const fingerprint of [...pinned, offered.fingerprint]) expect(textOf(changed)).toContain(fingerprint)
    for (const quiet of [
      { ...plan, pinned: [] },
      { ...plan, pinned: [offered.fingerprint], known: 'same' as const },
    ])
      expect(textOf(trustPlanView(quiet, asked, reader, null))).not.toContain(warning)
    expectAccepted(trustProgressView(plan, [{ step: 'saving' }, { step: 'probing' }], pressed, reader))
    for (const state of STATES) {
      const data = { node: widestRecord(5), state, reason: { code: 'no-route' as const, detail: HUGE } }
      for (const outcome of OUTCOMES)
        expectAccepted(trustResultView(reportOf(outcome, data), pressed, reader))
    }
  })

  it('shows the way to the nodes of a tag, at its longest', () => {
    const plan: TagJumpPlan = {
      tag: 't'.repeat(32),
      from: jumpName(widestJump),
      to: jumpName(widestJump),
      jump: widestJump,
      nodes: Array.from({ length: 5000 }, (_, index) => `n${index}`),
      force: false,
      stray: { tag: HUGE.slice(0, 32), near: HUGE.slice(0, 32) },
    }
    const card = jumpPlanView(plan, asked, reader, HUGE)
    expectAccepted(card)
    expect(textOf(card)).toContain(widestJump.offered?.fingerprint)
    const silent = { ...widestJump, offered: null, known: null }
    expectAccepted(jumpPlanView({ ...plan, from: null, jump: silent, force: true }, asked, reader, null))
    expectAccepted(jumpPlanView({ ...plan, to: null, jump: null }, asked, reader, null))
    expectAccepted(jumpProgressView(plan, [{ step: 'connecting' }, { step: 'saving' }], pressed, reader))
    const { host, port, user } = widestJump
    for (const jump of [null, { host, port, user, hostKeys: [] }])
      for (const outcome of OUTCOMES) {
        const data = { tag: plan.tag, jump, nodes: 5000, looked: 8, reached: 7 }
        expectAccepted(jumpResultView(reportOf(outcome, data), pressed, reader))
      }
  })

  it('shows what is edited and what is removed, at their longest', () => {
    const { id, name, host, sshPort, sshUser, tags } = widestRecord(5)
    const fields = [
      'name',
      'host',
      'sshPort',
      'sshUser',
      'gatewayPort',
      'ocPath',
      'unit',
      'jump',
      'tags',
    ] as const
    const plan: EditPlan = {
      nodeId: id,
      nodeName: name,
      changes: fields.map((field) => ({ field, from: field === 'ocPath' ? null : HUGE, to: HUGE })),
      offered: { type: 'ssh-ed25519', key: 'AAAA', fingerprint: `SHA256:${'b'.repeat(43)}` },
      known: 'new',
      jump: widestJump,
      looks: true,
      force: false,
      namesake: 'n'.repeat(63),
    }
    const shown = editPlanView(plan, asked, reader, HUGE)
    expectAccepted(shown)
    expect(textOf(shown)).toContain(plan.offered?.fingerprint)
    expect(textOf(shown)).toContain(ink.t('register.ask.new'))
    const blind = editPlanView({ ...plan, offered: null, known: null, force: true }, asked, reader, null)
    expect(textOf(blind)).toContain(ink.t('edit.ask.force'))
    expectAccepted(editProgressView(plan, [{ step: 'probing' }, { step: 'saving' }], pressed, reader))
    for (const state of [null, ...STATES]) {
      const reason = state === null ? null : { code: 'no-route' as const, detail: HUGE }
      const data = { node: widestRecord(5), changes: plan.changes, state, reason }
      expectAccepted(editResultView(reportOf('partial', data), pressed, reader))
    }
    const gone = { id, name, host, sshPort, sshUser, tags, state: 'active' as const, openIncidents: 3 }
    expectAccepted(removePlanView(gone, asked, reader, HUGE))
    expectAccepted(removeProgressView(gone, pressed, reader))
    expectAccepted(removeResultView(reportOf('done', { node: widestRecord(5) }), pressed, reader))
  })

  it.each([0, 1, 40, 5000])(
    'shows %i lines of a log, and all of them in a file when they do not fit',
    (count) => {
      const lines = Array.from({ length: count }, (_, index) => `${index} ${HOSTILE}`)
      const logs = {
        nodeId: 'alpha',
        lines,
        source: 'journal' as const,
        redactions: 3,
        followed: false,
        endedBy: 'lines' as const,
      }
      const card = nodeLogsView({ id: 'alpha', name: HOSTILE.slice(0, 80) }, logs, reader)
      expectAccepted(card)
      expectAccepted(followingLogsView({ id: 'alpha', name: 'alpha' }, lines, 'r'.repeat(36), reader))
      if (count > 40) expect(card.files[0]?.text.split(/^(?=\d+ )/m).length).toBeGreaterThanOrEqual(count)
    },
  )

  it('cuts one line of 100,000 characters visibly and keeps it whole in the file', () => {
    const lines = [HUGE]
    const logs = {
      nodeId: 'a',
      lines,
      source: 'file' as const,
      redactions: 0,
      followed: true,
      endedBy: 'lost' as const,
    }
    const card = nodeLogsView({ id: 'a', name: 'a' }, logs, reader)
    expectAccepted(card)
    expect(textOf(card)).toContain('…')
    expect(card.files[0]?.text.length).toBeGreaterThan(90_000)
  })

  it.each(Object.keys(ERROR_CODES) as ErrorCode[])('tells %s with what to do next', (code) => {
    const params = {
      node: HUGE,
      field: HUGE,
      problem: HUGE,
      file: HUGE,
      fingerprint: HUGE,
      what: HUGE,
      count: 2,
    }
    const error = new OperatorError(code, params, { detail: HUGE })
    error.incident = 'i'.repeat(36)
    const card = errorView(error, reader, pressed)
    expectAccepted(card)
    expect(textOf(card)).toContain(ink.coded(`error.${code}.next`, params))
    expect(textOf(card)).toContain(error.incident)
  })

  it('says how a question ended', () => {
    for (const how of ['expired', 'interrupted'] as const)
      expectAccepted(closedQuestionView({ how, at: NOW }, HUGE, reader))
    expectAccepted(closedQuestionView({ how: 'cancelled', by: pressed }, HUGE, reader))
  })
})

const widestJump: OfferedJump = {
  host: 'h'.repeat(253),
  port: 65_535,
  user: 'u'.repeat(32),
  offered: { type: 'ssh-ed25519', key: 'AAAA', fingerprint: `SHA256:${'c'.repeat(43)}` },
  known: 'new',
}

describe('colour and order', () => {
  const reader = createReader('en', NOW, IDS)
  const colourOf = (card: ReturnType<typeof nodeListView>) =>
    (card.components[0] as { accent_color?: number }).accent_color

  it('takes the colour of the worst node', () => {
    const row = (state: (typeof STATES)[number]) => ({ ...rowFor(0), pending: false, state })
    const good = colourOf(nodeListView(nodeList([row('serving')]), reader))
    const bad = colourOf(nodeListView(nodeList([row('service-down')]), reader))
    expect(good).not.toBe(bad)
    expect(colourOf(nodeListView(nodeList([row('serving'), row('service-down')]), reader))).toBe(bad)
  })

  it('names commands as clickable where their ids are known', () => {
    expect(reader.ink.t('error.deadline.next')).toContain('</node status:123456789012345678>')
    expect(createReader('ja', NOW, new Map()).ink.t('error.deadline.next')).toContain('`/ノード 状態`')
  })

  it('never mixes a retired node with the failing ones', () => {
    const retired = nodeStatusOf(blindSnapshot(), { node: nodeRecord({ state: 'retired' }) })
    const neutral = colourOf(nodeListView(nodeList([]), reader))
    expect(colourOf(nodeStatusView(retired, reader))).toBe(neutral)
  })
})
