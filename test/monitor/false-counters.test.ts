import { describe, expect, it } from 'vitest'
import { observe, type SessionHistory } from '../../src/monitor/history.ts'
import { judgeSession } from '../../src/monitor/judge.ts'
import type { Measurement } from '../../src/monitor/signal.ts'
import { thresholdsSchema } from '../../src/monitor/thresholds.ts'
import { parseSessionRow, sessionFacts } from '../../src/openclaw/session-rows.ts'
import { type ContextSources, DEFAULT_CONTEXT_SETTINGS } from '../../src/openclaw/sessions.ts'

const START = Date.parse('2026-11-22T12:00:00Z')
const LOOK = 30_000
const rules = thresholdsSchema.parse({})

interface Given {
  /** What the gateway answered, look by look. */
  rows: readonly Record<string, unknown>[]
  sources?: Partial<ContextSources>
  overflowed?: boolean
}

/** What the context rule says at the last look: from raw rows, as the monitor gets there. */
function judge({ rows, sources = {}, overflowed = false }: Given): Measurement | null {
  let history: SessionHistory | undefined
  let last: Measurement | null = null
  rows.forEach((fields, index) => {
    const at = START + index * LOOK
    const row = parseSessionRow({ key: 'agent:main:main', sessionId: 's', ...fields })
    if (!row) throw new Error('not a row')
    const session = sessionFacts(
      row,
      {
        models: new Map(),
        defaultWindow: null,
        settings: DEFAULT_CONTEXT_SETTINGS,
        protocol: 4,
        source: 'rpc',
        observedAt: at,
        ...sources,
      },
      'main',
    )
    history = observe(history, session, at)
    const histories = { get: () => history }
    const signals = judgeSession('alpha', session, { histories, thresholds: rules, at, overflowed })
    last = signals.find(({ topic }) => topic === 'context')?.seen ?? null
  })
  return last
}

const limits = (window: number, maxTokens: number | null = null) => ({ window, maxTokens, api: null })

/** Reports of counters that lie upwards; each would raise a false alarm if it were believed. */
const FALSE_ALARMS: readonly (readonly [string, Given])[] = [
  [
    'openclaw#13698 and #18482: total equal to the window while the session is a fifth full',
    {
      rows: [
        {
          totalTokens: 200_000,
          contextTokens: 200_000,
          totalTokensFresh: true,
          inputTokens: 8,
          outputTokens: 928,
        },
      ],
    },
  ],
  [
    'openclaw#15150: total set to the window of 140,000 when a request failed for another reason',
    {
      rows: [
        {
          totalTokens: 140_000,
          contextTokens: 140_000,
          totalTokensFresh: true,
          inputTokens: 1,
          outputTokens: 1,
        },
      ],
    },
  ],
  [
    'openclaw#6012 and #108148: a window but no count at all',
    { rows: [{ contextTokens: 1_000_000, totalTokens: null, totalTokensFresh: false }] },
  ],
  [
    'openclaw#45270: input and output summed to 299,000 of 200,000 while the total is stale',
    {
      rows: [
        {
          totalTokens: 150_000,
          totalTokensFresh: false,
          inputTokens: 290_000,
          outputTokens: 9_000,
          contextTokens: 200_000,
        },
      ],
    },
  ],
  [
    'openclaw#82919: a stale total of 232,764 that is kept from an earlier turn',
    {
      rows: [
        {
          totalTokens: 232_764,
          totalTokensFresh: false,
          inputTokens: 5,
          outputTokens: 5,
          contextTokens: 262_144,
        },
      ],
    },
  ],
  [
    'openclaw#68794, #108238 and #76979: cache reads of a whole run summed above the window, and called fresh',
    {
      rows: [
        {
          totalTokens: 1_821_240,
          totalTokensFresh: true,
          inputTokens: 497_720,
          outputTokens: 7_485,
          contextTokens: 800_000,
        },
      ],
    },
  ],
  [
    'openclaw#117314: the calls of one turn summed, 433,428 of 370,000',
    {
      rows: [
        {
          totalTokens: 433_428,
          totalTokensFresh: true,
          inputTokens: 51_500,
          outputTokens: 900,
          contextTokens: 370_000,
        },
      ],
    },
  ],
  [
    'openclaw#14979 and #66483: the count of before a compaction, kept after it',
    {
      rows: [
        {
          totalTokens: 181_000,
          totalTokensFresh: false,
          compactionCount: 1,
          inputTokens: 3,
          outputTokens: 3,
          contextTokens: 200_000,
        },
      ],
    },
  ],
  [
    'openclaw#66263: nothing known after a compaction that could not count',
    { rows: [{ totalTokens: null, totalTokensFresh: false, compactionCount: 2, contextTokens: 200_000 }] },
  ],
  [
    'openclaw#46632: input tokens of 647,600 beside a true total of 40,000',
    {
      rows: [
        {
          totalTokens: 40_000,
          totalTokensFresh: true,
          inputTokens: 647_600,
          outputTokens: 100,
          contextTokens: 200_000,
        },
      ],
    },
  ],
  [
    'openclaw#122813: the row repeats a cap of 160,000 where the provider accepts a million',
    {
      rows: [
        {
          totalTokens: 150_000,
          totalTokensFresh: true,
          inputTokens: 5,
          outputTokens: 5,
          contextTokens: 160_000,
          model: 'm',
          modelProvider: 'p',
        },
      ],
      sources: { models: new Map([['p/m', limits(1_000_000)]]) },
    },
  ],
  [
    'a window of a million at 172,000',
    {
      rows: [
        {
          totalTokens: 172_000,
          totalTokensFresh: true,
          inputTokens: 5,
          outputTokens: 5,
          contextTokens: 1_000_000,
        },
      ],
    },
  ],
  [
    'oh-my-claudecode#1792 and #1821: two sources that jump between 60,000 and a stale 190,000',
    {
      rows: [60_000, 190_000, 60_500, 190_000, 61_000, 190_000].map((totalTokens) => ({
        totalTokens,
        totalTokensFresh: totalTokens < 100_000,
        inputTokens: 5,
        outputTokens: 5,
        contextTokens: 200_000,
      })),
    },
  ],
  [
    'a store whose gateway is down: what it says was true once',
    {
      rows: [
        {
          totalTokens: 171_498,
          totalTokensFresh: true,
          inputTokens: 5,
          outputTokens: 5,
          contextTokens: 200_000,
        },
      ],
      sources: { offline: { code: 'gateway-offline' }, source: 'store-file' },
    },
  ],
]

/** Counters that say nothing; believed as 0 they would end a true alarm. */
const FALSE_CALM: readonly (readonly [string, Record<string, unknown>])[] = [
  ['openclaw#52669: a stale total of 0', { totalTokens: 0, totalTokensFresh: false }],
  [
    'openclaw#54996 and #67667: a provider that reports no usage',
    { totalTokens: null, totalTokensFresh: false },
  ],
  ['openclaw#79540: a harness that never counts', {}],
  [
    'openclaw#42850: a fresh 0 beside output of a turn',
    { totalTokens: 0, totalTokensFresh: true, outputTokens: 400 },
  ],
]

/** Sessions in real need; the counter is odd, and the alarm is due. */
const TRUE_ALARMS: readonly (readonly [string, Given])[] = [
  [
    'the case of 171,498 + 34,048 of 200,000',
    {
      rows: [
        {
          totalTokens: 171_498,
          totalTokensFresh: true,
          inputTokens: 10,
          outputTokens: 50,
          contextTokens: 200_000,
        },
      ],
    },
  ],
  [
    'openclaw#70972 and #48827: nearly all of it cached, so that input says 10',
    {
      rows: [
        {
          totalTokens: 172_000,
          totalTokensFresh: true,
          inputTokens: 10,
          outputTokens: 50,
          contextTokens: 200_000,
        },
      ],
    },
  ],
  [
    'openclaw#61290: nothing counted, but the run ended with the refusal',
    {
      rows: [
        {
          totalTokens: null,
          totalTokensFresh: false,
          lastRunError: 'prompt is too long: 208310 tokens > 200000 maximum',
        },
      ],
    },
  ],
  [
    'openclaw#15697: the row claims a window of a million, and the provider refuses at 204,800',
    {
      rows: [
        {
          totalTokens: 190_000,
          totalTokensFresh: true,
          contextTokens: 1_000_000,
          inputTokens: 5,
          outputTokens: 5,
          lastRunError: 'Context overflow: prompt too large for the model.',
        },
      ],
    },
  ],
  [
    'openclaw#3550: a stale counter, and an event that says context_length',
    { rows: [{ totalTokens: 20_000, totalTokensFresh: false }], overflowed: true },
  ],
  [
    'a reserve of 48,384 on a model that thinks hard, at 152,000',
    {
      rows: [
        {
          totalTokens: 152_000,
          totalTokensFresh: true,
          inputTokens: 5,
          outputTokens: 5,
          contextTokens: 200_000,
          thinkingLevel: 'high',
          model: 'm',
          modelProvider: 'p',
        },
      ],
      sources: { models: new Map([['p/m', limits(200_000, 64_000)]]) },
    },
  ],
]

describe('a counter that lies upwards raises no critical alarm', () => {
  it.each(FALSE_ALARMS)('%s', (_name, given) => {
    expect(judge(given)?.level ?? null).toBeNull()
  })
})

describe('a counter that says nothing is no recovery', () => {
  it.each(FALSE_CALM)('%s', (_name, row) => {
    const full = { totalTokens: 171_498, totalTokensFresh: true, inputTokens: 10, outputTokens: 50 }
    const rows = [full, row].map((one) => ({ contextTokens: 200_000, ...one }))
    expect(judge({ rows: rows.slice(0, 1) })?.level).toBe('critical')
    expect(judge({ rows })).toBeNull()
  })
})

describe('a session in need is never missed', () => {
  it.each(TRUE_ALARMS)('%s', (_name, given) => {
    expect(judge(given)).toMatchObject({ level: 'critical' })
  })

  it('also when the context grew past the point by a counter that was stale in between', () => {
    const rows = [120_000, null, 155_000].map((totalTokens) => ({
      totalTokens,
      totalTokensFresh: totalTokens !== null,
      inputTokens: 5,
      outputTokens: 5,
      contextTokens: 200_000,
    }))
    expect(judge({ rows })?.level).toBe('critical')
  })
})

describe('what is shown', () => {
  it('is the counter itself: the reserve is never added to it (claude-hud#30)', () => {
    const row = {
      totalTokens: 140_000,
      totalTokensFresh: true,
      inputTokens: 5,
      outputTokens: 5,
      contextTokens: 200_000,
    }
    expect(judge({ rows: [row] })?.params).toMatchObject({ used: 140_000, window: 200_000, reserve: 34_048 })
  })
})
