import { describe, expect, it } from 'vitest'
import { LOCALES } from '../../src/base/locale.ts'
import { fresh, stale, unknown } from '../../src/base/reading.ts'
import { createInk } from '../../src/cli/ink.ts'
import { botListText } from '../../src/cli/views/bots.ts'
import { createReader } from '../../src/discord/reader.ts'
import {
  addBotPlanView,
  addBotProgressView,
  addBotQuestion,
  addBotResultView,
} from '../../src/discord/views/add-bot.ts'
import { botListView } from '../../src/discord/views/bot-list.ts'
import {
  removeBotPlanView,
  removeBotProgressView,
  removeBotQuestion,
  removeBotResultView,
} from '../../src/discord/views/remove-bot.ts'
import type { AddBotPlan, AddBotResult } from '../../src/operations/add-bot.ts'
import type { BotList, BotRow, NodeBots } from '../../src/operations/list-bots.ts'
import type { Report } from '../../src/operations/operation.ts'
import type { RemoveBotPlan, RemoveBotResult } from '../../src/operations/remove-bot.ts'
import { sessionFacts } from '../support/snapshots.ts'
import { expectAccepted, textOf } from './discord-rules.ts'
import { HUGE, NOW } from './extremes.ts'

/** As long as what a gateway tells may be. */
const LONG = HUGE.slice(0, 1024)
const CHANNEL = HUGE.slice(0, 128)

const reader = (locale: (typeof LOCALES)[number]) => createReader(locale, NOW, new Map())
const { context } = sessionFacts(120_000)

function bot(changes: Partial<BotRow> = {}): BotRow {
  return {
    id: 'ops',
    name: 'Ops Bot',
    model: 'fake/big',
    isDefault: false,
    workspace: '/home/oc/.openclaw/workspace-ops',
    bindings: fresh([{ agentId: 'ops', channel: 'discord', account: 'ops', part: null }], 'rpc', NOW),
    sessions: fresh(2, 'rpc', NOW),
    fullest: fresh({ agentId: 'ops', sessionKey: 'agent:ops:main', usablePercent: 72 }, 'rpc', NOW),
    context,
    level: 'warning',
    lastActivityAt: fresh(NOW - 60_000, 'rpc', NOW),
    ...changes,
  }
}

function node(changes: Partial<NodeBots> = {}): NodeBots {
  return {
    id: 'alpha',
    name: 'Alpha',
    state: 'serving',
    reason: null,
    bots: fresh([bot()], 'rpc', NOW),
    observedAt: NOW,
    pending: false,
    ...changes,
  }
}

const listOf = (nodes: NodeBots[], changes: Partial<BotList> = {}): BotList => ({
  nodes,
  filter: { node: null, tags: [] },
  live: false,
  ...changes,
})

const UNREAD = unknown<never>({ code: 'connect-timeout', params: { ms: 5000 } }, NOW)

describe('the bots of a fleet', () => {
  it('are shown with channels, contexts, their source and their age', () => {
    const text = textOf(botListView(listOf([node()]), reader('en')))
    for (const part of [
      'ops',
      'Ops Bot',
      'fake/big',
      'discord:ops',
      '2 sessions',
      '120,000',
      'agent:ops:main',
    ])
      expect(text).toContain(part)
    expect(text).toContain('read <t:')
    expect(text).toContain('through gateway')
  })

  it('are never shown as none when they were not read', () => {
    const list = listOf([node(), node({ id: 'away', state: 'unreachable', bots: UNREAD, observedAt: null })])
    const text = textOf(botListView(list, reader('en')))
    expect(text).toContain('1 bot on 1 node')
    expect(text).toContain('1 node without an answer')
    const shell = botListText(
      list,
      createInk('en', false, () => NOW),
      null,
    )
    expect(shell).toContain('The bots are not known')
    expect(shell).toContain('1 bot on 1 node · 1 node without an answer')
  })

  it('say of each figure that it is not known, instead of zero', () => {
    const blind = bot({
      bindings: UNREAD,
      sessions: UNREAD,
      fullest: UNREAD,
      context: null,
      lastActivityAt: UNREAD,
    })
    const list = listOf([node({ bots: fresh([blind], 'rpc', NOW) })])
    const text = textOf(botListView(list, reader('en')))
    for (const part of ['channels unknown', 'sessions unknown', 'no context known', 'last activity unknown'])
      expect(text).toContain(part)
    expect(text).not.toContain('0 sessions')
    const line =
      botListText(
        list,
        createInk('en', false, () => NOW),
        null,
      ).split('\n')[1] ?? ''
    expect(line.match(/\?/g)?.length).toBe(3)
    expect(line).toContain('channels unknown')
  })

  it('are told from those that the registry remembers', () => {
    const remembered = stale([bot()], 'registry', NOW - 5_000, { code: 'service-inactive' })
    const list = listOf([node({ state: 'service-down', bots: remembered })])
    expect(textOf(botListView(list, reader('en')))).toContain('As the registry remembers them')
  })

  it('fit into cards in every language, however many and however hostile', () => {
    const many = Array.from({ length: 60 }, (_, index) =>
      bot({
        id: `${index}${CHANNEL}`.slice(0, 128),
        name: LONG,
        model: LONG,
        bindings: fresh(
          Array.from({ length: 40 }, () => ({
            agentId: 'x',
            channel: CHANNEL,
            account: CHANNEL,
            part: CHANNEL,
          })),
          'rpc',
          NOW,
        ),
        fullest: fresh({ agentId: 'x', sessionKey: LONG.slice(0, 512), usablePercent: 99 }, 'rpc', NOW),
      }),
    )
    const nodes = [
      node({ id: 'n'.repeat(63), name: LONG.slice(0, 80), bots: fresh(many, 'rpc', NOW) }),
      node({
        bots: unknown({ code: 'gateway-error', detail: LONG, params: { code: LONG } }, NOW),
        pending: true,
      }),
      node({ bots: unknown({ code: 'gateway-error', detail: LONG, params: { code: LONG } }, NOW) }),
      node({ bots: fresh([], 'rpc', NOW) }),
    ]
    for (const locale of LOCALES)
      for (const page of [1, 2, 999]) {
        expectAccepted(
          botListView(
            listOf(nodes, { filter: { node: null, tags: ['t'.repeat(32)] } }),
            reader(locale),
            page,
          ),
        )
        expectAccepted(
          botListView(
            listOf(nodes.slice(0, 1), { filter: { node: 'n'.repeat(63), tags: [] } }),
            reader(locale),
            page,
          ),
        )
        expectAccepted(botListView(listOf([]), reader(locale), page))
      }
  })
})

const asked = { id: 'c'.repeat(36), requesterId: '123456789012345678', requesterName: LONG, expiresAt: NOW }
const pressed = { id: '123456789012345678', name: LONG, at: NOW }

describe('a bot that is made', () => {
  const plan: AddBotPlan = {
    nodeId: 'n'.repeat(63),
    nodeName: LONG.slice(0, 80),
    botId: 'b'.repeat(64),
    name: LONG.slice(0, 80),
    model: LONG.slice(0, 128),
    workspace: `/home/${LONG.slice(0, 500)}`,
    modelCheck: 'unlisted',
    modelsNear: Array.from({ length: 4 }, () => 'p'.repeat(200)),
    modelMeant: 'm'.repeat(200),
    beginsAnew: true,
    workspaceKind: 'filled',
    bindings: Array.from({ length: 16 }, (_, index) => ({
      text: `${index}${'x'.repeat(128)}`,
      known: false,
    })),
    second: true,
  }
  const result = (
    outcome: 'done' | 'partial' | 'failed' | 'unknown',
    changes: Partial<AddBotResult> = {},
  ) => {
    const data: AddBotResult = {
      nodeId: plan.nodeId,
      botId: plan.botId,
      madeAs: null,
      workspace: plan.workspace,
      parts: (['agent', 'workspace', 'name', 'model', 'bindings'] as const).map((part) => ({
        part,
        state: 'failed',
        reason: { code: 'gateway-error', detail: LONG, params: { code: LONG } },
      })),
      besides: Array.from({ length: 20 }, () => ({
        path: LONG.slice(0, 200),
        before: LONG.slice(0, 200),
        after: null,
      })),
      warned: plan,
      ...changes,
    }
    return {
      ...{ operation: 'add-bot', operationId: 'o'.repeat(36), startedAt: NOW, durationMs: 5 },
      outcome,
      data,
    } satisfies Report<AddBotResult>
  }

  it('is asked about and told of within what Discord takes, however long and hostile', () => {
    for (const locale of LOCALES) {
      expectAccepted(addBotPlanView(plan, asked, reader(locale), LONG.slice(0, 300)))
      expectAccepted(addBotPlanView({ ...plan, bindings: [], model: null }, asked, reader(locale), null))
      expectAccepted(
        addBotProgressView(plan, [{ step: 'creating' }, { step: 'binding' }], pressed, reader(locale)),
      )
      expect(addBotQuestion(plan, reader(locale))).toContain(plan.botId)
      for (const outcome of ['done', 'partial', 'failed', 'unknown'] as const)
        expectAccepted(addBotResultView(result(outcome), pressed, reader(locale)))
      expectAccepted(
        addBotResultView(result('partial', { madeAs: LONG.slice(0, 128) }), pressed, reader(locale)),
      )
    }
  })

  it('says which part is not as asked, and never that it is done', () => {
    const text = textOf(addBotResultView(result('partial', { besides: null }), pressed, reader('en')))
    expect(text).toContain('not as asked')
    expect(text).toContain('could not be read')
    expect(text).not.toContain('✅')
  })
})

describe('a bot that is removed', () => {
  const asked = { id: 'q'.repeat(36), requesterId: '1'.repeat(19), requesterName: LONG, expiresAt: NOW }
  const pressed = { id: '1'.repeat(19), name: LONG, at: NOW }
  const plan: RemoveBotPlan = {
    ...{ nodeId: 'n'.repeat(63), nodeName: LONG.slice(0, 100), botId: 'b'.repeat(64), name: LONG },
    ...{ workspace: LONG, bindings: Array.from({ length: 500 }, () => CHANNEL) },
    sessions: fresh(20_000, 'rpc', NOW),
    running: fresh(3, 'rpc', NOW),
  }
  const result = (outcome: Report<unknown>['outcome'], parts: RemoveBotResult['parts']) =>
    ({
      ...{ operation: 'remove-bot', operationId: 'o'.repeat(36), startedAt: NOW, durationMs: 5, outcome },
      data: {
        nodeId: plan.nodeId,
        botId: plan.botId,
        backup: { id: 'x'.repeat(60), outcome: 'done' },
        parts,
      },
    }) satisfies Report<RemoveBotResult>

  it('is asked about and told of within what Discord takes, however long and hostile', () => {
    const reason = { code: 'gateway-error', params: { message: LONG }, detail: LONG } as const
    for (const locale of LOCALES) {
      expectAccepted(removeBotPlanView(plan, asked, reader(locale), LONG.slice(0, 300)))
      expectAccepted(
        removeBotPlanView(
          { ...plan, name: null, workspace: null, bindings: [] },
          asked,
          reader(locale),
          null,
        ),
      )
      expectAccepted(
        removeBotProgressView(plan, [{ step: 'looking' }, { step: 'deleting' }], pressed, reader(locale)),
      )
      expect(removeBotQuestion(plan, reader(locale))).toContain(plan.botId)
      for (const outcome of ['done', 'partial', 'failed', 'unknown'] as const)
        expectAccepted(
          removeBotResultView(
            result(outcome, [
              { part: 'agent', state: 'unknown', reason },
              { part: 'bindings', state: 'failed', reason },
            ]),
            pressed,
            reader(locale),
          ),
        )
    }
  })

  it('names the backup, and says that nothing was deleted where it is not whole', () => {
    const text = textOf(removeBotResultView(result('failed', []), pressed, reader('en')))
    expect(text).toContain('x'.repeat(60))
    expect(text).toContain('nothing was deleted')
    expect(text).not.toContain('✅')
  })
})
