import { describe, expect, it } from 'vitest'
import { modelLimits } from '../../src/openclaw/methods/models.ts'
import {
  parseSessionPage,
  parseSessionRow,
  parseSessionStore,
  sessionFacts,
} from '../../src/openclaw/session-rows.ts'
import {
  type ContextSources,
  contextFacts,
  DEFAULT_CONTEXT_SETTINGS,
  type ModelLimits,
} from '../../src/openclaw/sessions.ts'
import { recordedJson, recordedPayload, VERSIONS } from './fixtures.ts'

const AT = 1_795_336_000_000

function sources(changes: Partial<ContextSources> = {}): ContextSources {
  return {
    models: new Map(),
    defaultWindow: null,
    settings: DEFAULT_CONTEXT_SETTINGS,
    protocol: 4,
    source: 'rpc',
    observedAt: AT,
    ...changes,
  }
}

function models(limits: Partial<ModelLimits>): ReadonlyMap<string, ModelLimits> {
  return new Map([['anthropic/sonnet', { window: null, maxTokens: null, api: null, ...limits }]])
}

function row(fields: Record<string, unknown>) {
  const base = {
    key: 'agent:a:main',
    model: 'sonnet',
    modelProvider: 'anthropic',
    contextTokens: 200_000,
    totalTokensFresh: true,
    inputTokens: 10,
    outputTokens: 50,
  }
  const parsed = parseSessionRow({ ...base, ...fields })
  if (parsed === null) throw new Error('not a row')
  return parsed
}

describe('the arithmetic', () => {
  it('sees the failure that started it all: 171,498 used of 200,000 with 34,048 reserved', () => {
    const context = contextFacts(row({ totalTokens: 171_498 }), sources())
    expect(context.reserve).toBe(34_048)
    expect(context.headroom).toMatchObject({ freshness: 'fresh', value: 200_000 - 34_048 - 171_498 })
    expect(context.headroom.value).toBeLessThan(0)
    expect(context.usablePercent.value).toBeGreaterThan(100)
  })

  it('is calm about the same count in a window of a million', () => {
    const context = contextFacts(row({ totalTokens: 172_000, contextTokens: 1_000_000 }), sources())
    expect(context.headroom.value).toBe(1_000_000 - 34_048 - 172_000)
    expect(context.usablePercent.value).toBeLessThan(20)
  })

  it('puts 100 % exactly where the provider starts to refuse', () => {
    const context = contextFacts(row({ totalTokens: 165_952 }), sources())
    expect(context.headroom.value).toBe(0)
    expect(context.usablePercent.value).toBe(100)
  })

  it('never takes input tokens for the context: 10 of them with 172,000 cached', () => {
    expect(contextFacts(row({ totalTokens: 172_000, inputTokens: 10 }), sources()).used.value).toBe(172_000)
  })
})

describe('the reserve', () => {
  it.each([
    ['off', 32_000],
    ['minimal', 33_024],
    ['low', 34_048],
    ['medium', 40_192],
    ['high', 48_384],
  ])('of a model that may put out 64,000 follows the thinking level %s', (level, reserve) => {
    const context = contextFacts(
      row({ totalTokens: 1, thinkingLevel: level }),
      sources({ models: models({ maxTokens: 64_000, api: 'anthropic-messages' }) }),
    )
    expect(context).toMatchObject({ reserve, reserveFrom: 'model' })
  })

  it('is the limit of a model that may put out less', () => {
    const limited = sources({ models: models({ maxTokens: 8_192 }) })
    expect(contextFacts(row({ totalTokens: 1, thinkingLevel: 'high' }), limited).reserve).toBe(8_192)
  })

  it('of an OpenAI-style model is its limit on protocol 4 and at most 32,000 on protocol 3', () => {
    const openAi = models({ maxTokens: 34_048, api: 'openai-completions' })
    expect(contextFacts(row({ totalTokens: 1 }), sources({ models: openAi })).reserve).toBe(34_048)
    expect(contextFacts(row({ totalTokens: 1 }), sources({ models: openAi, protocol: 3 })).reserve).toBe(
      32_000,
    )
  })

  it('of an unknown model is the default, and more when the row says that it thinks harder', () => {
    expect(contextFacts(row({ totalTokens: 1 }), sources())).toMatchObject({
      reserve: 34_048,
      reserveFrom: 'default',
    })
    expect(contextFacts(row({ totalTokens: 1, thinkingDefault: 'off' }), sources()).reserve).toBe(34_048)
    expect(contextFacts(row({ totalTokens: 1, thinkingLevel: 'high' }), sources()).reserve).toBe(48_384)
  })

  it('and the window can be set per model by the operator', () => {
    const settings = {
      defaultReserve: 1,
      models: { 'anthropic/sonnet': { reserveTokens: 500, windowTokens: 9_000 } },
    }
    const context = contextFacts(row({ totalTokens: 100 }), sources({ settings }))
    expect(context).toMatchObject({ reserve: 500, reserveFrom: 'setting', windowFrom: 'config' })
    expect(context.headroom.value).toBe(8_400)
  })

  it('does not swallow a small window', () => {
    expect(contextFacts(row({ totalTokens: 1, contextTokens: 32_768 }), sources()).reserve).toBe(8_192)
  })
})

describe('the window', () => {
  it('is the provider’s where the row only repeats a cap of the configuration', () => {
    const context = contextFacts(
      row({ totalTokens: 161_000, contextTokens: 180_000 }),
      sources({ models: models({ window: 200_000 }) }),
    )
    expect(context.window.value).toBe(200_000)
    expect(context.windowFrom).toBe('model')
  })

  it('is the row’s where it is larger: a long-context option of the agent', () => {
    const context = contextFacts(
      row({ totalTokens: 172_000, contextTokens: 1_048_576 }),
      sources({ models: models({ window: 200_000 }) }),
    )
    expect(context).toMatchObject({ windowFrom: 'session', window: { value: 1_048_576 } })
  })

  it('comes from the gateway’s defaults, then from nothing at all, and then says that it is assumed', () => {
    const bare = row({ totalTokens: 100, contextTokens: null })
    expect(contextFacts(bare, sources({ defaultWindow: 128_000 }))).toMatchObject({ windowFrom: 'config' })
    const assumed = contextFacts(bare, sources())
    expect(assumed.windowFrom).toBe('default')
    expect(assumed.window).toMatchObject({
      value: 200_000,
      freshness: 'stale',
      reason: { code: 'window-assumed' },
    })
    expect(assumed.headroom.freshness).toBe('stale')
    expect(assumed.used.freshness).toBe('fresh')
  })
})

describe('counters that were reported to lie', () => {
  const table: [string, Record<string, unknown>, 'stale' | 'unknown', string][] = [
    [
      'clamped to the window after a run of several calls',
      { totalTokens: 200_000 },
      'stale',
      'counter-equals-window',
    ],
    [
      'a sum over all calls, 14 times the window',
      { totalTokens: 1_883_759, contextTokens: 131_072 },
      'stale',
      'counter-is-input',
    ],
    [
      'marked stale by an outage of the provider',
      { totalTokens: 172_000, totalTokensFresh: false },
      'stale',
      'counter-stale',
    ],
    [
      'left at the old size by a compaction that could not count',
      { totalTokens: 181_000, totalTokensFresh: false, compactionCount: 3 },
      'stale',
      'counter-after-compaction',
    ],
    [
      'without a freshness mark, from an old store',
      { totalTokens: 150_000, totalTokensFresh: undefined },
      'stale',
      'counter-stale',
    ],
    ['null after a migration', { totalTokens: null, totalTokensFresh: false }, 'unknown', 'counter-missing'],
    [
      'absent before the first answer',
      { totalTokens: undefined, totalTokensFresh: undefined },
      'unknown',
      'counter-missing',
    ],
    [
      'null after a compaction',
      { totalTokens: null, compactionCount: 1 },
      'unknown',
      'counter-after-compaction',
    ],
    [
      '0 though the provider reports no usage',
      { totalTokens: 0, totalTokensFresh: false },
      'unknown',
      'counter-missing',
    ],
    [
      '0 after a turn that wrote something',
      { totalTokens: 0, outputTokens: 812 },
      'unknown',
      'counter-missing',
    ],
    [
      'an estimate of the history alone after a compaction',
      { totalTokens: 26_051, inputTokens: null, outputTokens: null },
      'stale',
      'counter-after-compaction',
    ],
    ['a text', { totalTokens: '172000' }, 'unknown', 'counter-missing'],
    ['negative', { totalTokens: -5 }, 'unknown', 'counter-missing'],
  ]

  it.each(table)('%s', (_, fields, freshness, code) => {
    const context = contextFacts(row(fields), sources())
    for (const reading of [context.used, context.headroom, context.usablePercent]) {
      expect(reading).toMatchObject({ freshness, reason: { code } })
    }
  })

  it('do not include the 0 of a session that was just reset', () => {
    const context = contextFacts(row({ totalTokens: 0, inputTokens: 0, outputTokens: 0 }), sources())
    expect(context.used).toMatchObject({ freshness: 'fresh', value: 0 })
  })

  it('never lets a window pass for a count: contextTokens alone says nothing about use', () => {
    expect(
      contextFacts(row({ totalTokens: null, contextTokens: 1_000_000 }), sources()).used.value,
    ).toBeNull()
  })

  it('are all doubted while the gateway is offline', () => {
    const offline = sources({ offline: { code: 'gateway-offline' }, source: 'store-file' })
    expect(contextFacts(row({ totalTokens: 172_000 }), offline).used).toMatchObject({
      freshness: 'stale',
      source: 'store-file',
      reason: { code: 'gateway-offline' },
    })
  })
})

describe('a row from an untrusted gateway', () => {
  it('has null for what is missing, of another type, too long or no finite number', () => {
    const absent = parseSessionRow({ key: 'agent:a:main' })
    const odd = parseSessionRow({
      key: 'agent:a:main',
      agentId: 7,
      sessionId: 'x'.repeat(4_097),
      status: null,
      hasActiveRun: 'yes',
      totalTokens: '171498',
      contextTokens: Number.POSITIVE_INFINITY,
      archived: 1,
      lastRunError: { text: 'no message' },
      invented: { deep: true },
    })
    expect(odd).toEqual(absent)
    expect(Object.values({ ...absent, key: null })).toEqual(Object.values({ ...absent }).map(() => null))
  })

  it('is none without a key that can name a session', () => {
    for (const key of [undefined, '', 5, 'k'.repeat(513)]) expect(parseSessionRow({ key })).toBeNull()
    expect(parseSessionRow('agent:a:main')).toBeNull()
  })

  it('that is no row costs the page nothing else', () => {
    const page = parseSessionPage({ sessions: [{ key: 'a' }, 5, {}, null, { key: 'b' }], hasMore: 'maybe' })
    expect(page?.rows.map(({ key }) => key)).toEqual(['a', 'b'])
    expect(page).toMatchObject({ defaultWindow: null, nextOffset: null })
  })
})

describe('recorded rows', () => {
  it.each(VERSIONS)('of %s give the sizes that were really sent', (version) => {
    const page = parseSessionPage(recordedPayload(version, 'sessions.list'))
    const limits = modelLimits(
      recordedPayload(version, 'models.list'),
      recordedPayload(version, 'config.get'),
    )
    const protocol = version === '2026.9.6' ? 4 : 3
    const facts = page?.rows.map((item) => sessionFacts(item, sources({ models: limits, protocol }), 'main'))
    const alpha = facts?.find(({ key }) => key === 'agent:alpha:main')
    expect(facts).toHaveLength(3)
    expect(alpha).toMatchObject({ agentId: 'alpha', model: 'big', modelProvider: 'fake', archived: false })
    expect(alpha?.context.used).toMatchObject({ freshness: 'fresh', value: 172_000 })
    expect(alpha?.context.window.value).toBe(200_000)
    expect(alpha?.context.reserveFrom).toBe('model')
    expect(alpha?.context.headroom.value).toBe(protocol === 4 ? -6_048 : -4_000)
    expect(alpha?.running).toBe(protocol === 4 ? false : null)
  })

  it('of the CLI with the gateway down keep what OpenClaw itself calls stale', () => {
    const page = parseSessionPage(recordedJson('2026.9.6', 'offline-sessions.json'))
    const facts = page?.rows.map((item) => sessionFacts(item, sources({ source: 'cli' }), 'main'))
    const used = (key: string) => facts?.find((fact) => fact.key === key)?.context.used
    expect(used('agent:alpha:main')).toMatchObject({ freshness: 'stale', value: 172_000 })
    expect(used('agent:alpha:cache')).toMatchObject({ freshness: 'fresh', value: 172_000 })
    expect(used('agent:beta:big')).toMatchObject({ freshness: 'fresh', value: 0 })
    expect(used('agent:beta:big2')).toMatchObject({ freshness: 'stale', value: 25_899 })
  })

  it('of the store file of 2026.2.17 are read with their agent', () => {
    const rows = parseSessionStore(recordedJson('2026.2.17', 'sessions-store.json'), 'alpha')
    expect(rows?.map(({ key, agentId, totalTokens }) => [key, agentId, totalTokens])).toEqual([
      ['agent:alpha:main', 'alpha', 172_000],
      ['agent:alpha:discord:channel:9', 'alpha', 120_000],
    ])
  })

  it('that are broken cost only themselves', () => {
    const page = parseSessionPage({ sessions: [null, 7, { key: '' }, { key: 'cron:x', model: 5 }] })
    expect(page?.rows).toHaveLength(1)
    const facts = page?.rows.map((item) => sessionFacts(item, sources(), 'main'))
    expect(facts?.[0]).toMatchObject({ agentId: 'main', model: null })
  })

  it('of archived sessions say so, and a page says where the next begins', () => {
    const page = parseSessionPage({ sessions: [{ key: 'a', archivedAt: 5 }], hasMore: true, nextOffset: 100 })
    expect(page?.nextOffset).toBe(100)
    expect(page?.rows.map((item) => sessionFacts(item, sources(), 'main').archived)).toEqual([true])
    expect(parseSessionPage({ ok: false })).toBeNull()
  })
})
