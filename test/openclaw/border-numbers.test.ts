import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Curve, curves } from '../../src/monitor/curve.ts'
import { observe } from '../../src/monitor/history.ts'
import { parseProbe } from '../../src/openclaw/probe.ts'
import { parseSessionPage, sessionFacts } from '../../src/openclaw/session-rows.ts'
import { DEFAULT_CONTEXT_SETTINGS } from '../../src/openclaw/sessions.ts'
import { snapshotSchema } from '../../src/openclaw/snapshot.ts'

const AT = 1_795_336_000_000
const SOURCES = {
  models: new Map(),
  defaultWindow: null,
  settings: DEFAULT_CONTEXT_SETTINGS,
  protocol: 4,
  source: 'rpc',
  observedAt: AT,
} as const

const NUMBERS = [
  'lastInteractionAt',
  'startedAt',
  'compactionCount',
  'inputTokens',
  'outputTokens',
  'totalTokens',
  'contextTokens',
  'estimatedCostUsd',
] as const

/** Numbers as JSON can spell them, likely ones and impossible ones. */
const number = fc.oneof(
  fc.constantFrom(-1, -0.5, 0, 1.5, 1e9, 1e9 + 1, 8.64e15, 1e300, Number.POSITIVE_INFINITY, Number.NaN),
  fc.double(),
  fc.integer(),
)

const rows = fc.array(
  fc.record({
    key: fc.string({ minLength: 1, maxLength: 40 }),
    totalTokensFresh: fc.boolean(),
    ...Object.fromEntries(NUMBERS.map((name) => [name, number])),
  }),
  { maxLength: 8 },
)

/** What the store of the curves holds after a round through its text. */
function saved(session: ReturnType<typeof sessionFacts>): unknown {
  return JSON.parse(JSON.stringify(Curve.of(observe(undefined, session, AT)).packed()))
}

describe('numbers from a gateway', () => {
  it('are whole, not negative and not beyond all bounds, or they are nothing', () => {
    const page = parseSessionPage({
      sessions: [
        { key: 'a', compactionCount: 1.5, totalTokens: 171_498.9, startedAt: AT + 0.25 },
        { key: 'b', compactionCount: -1, totalTokens: Number.NaN, startedAt: 1e300, estimatedCostUsd: -3 },
        { key: 'c', compactionCount: 2, totalTokens: 1e15, estimatedCostUsd: 0.31 },
      ],
    })
    expect(page?.rows).toMatchObject([
      { compactionCount: 1, totalTokens: 171_498, startedAt: AT },
      { compactionCount: null, totalTokens: null, startedAt: null, estimatedCostUsd: null },
      { compactionCount: 2, totalTokens: null, estimatedCostUsd: 0.31 },
    ])
  })

  it('fit the files that keep them, whatever they are', () => {
    fc.assert(
      fc.property(rows, (sessions) => {
        const facts = parseSessionPage({ sessions })?.rows.map((row) => sessionFacts(row, SOURCES, 'main'))
        const reading = { freshness: 'fresh', value: facts, source: 'rpc', observedAt: AT }
        snapshotSchema.shape.sessions.parse(JSON.parse(JSON.stringify(reading)))
        for (const session of facts ?? []) curves.schema.parse(saved(session))
      }),
    )
  })
})

describe('numbers from a probe', () => {
  const MARKER = 'm'
  const words = fc.oneof(
    fc.constantFrom('-1', '1e999', '99999999999999999999999', '0-99999999999', '8-3', 'NaN', ''),
    fc.double().map(String),
    fc.stringMatching(/^[\d. :+-]{0,40}$/),
  )
  const names = ['uptime', 'load', 'cpus', 'cpu_count', 'mem_total', 'mem_available', 'clock', 'disk']
  const service = ['process_pid', 'process_stat', 'unit_port', 'unit_show']

  it('fit the files that keep them, whatever they are', () => {
    const facts = fc.record(Object.fromEntries([...names, ...service].map((name) => [name, words])))
    fc.assert(
      fc.property(facts, words, (values, stamp) => {
        const unit = `LoadState=loaded\nNRestarts=${stamp}\nMainPID=${stamp}\nExecMainStartTimestamp=${stamp} UTC`
        const json = JSON.stringify({ facts: { ...values, unit_show: unit, process_pid: '7' }, gaps: {} })
        const text = `<<ocm-probe ${MARKER}\n${json}\nocm-probe ${MARKER}>>\n`
        const report = parseProbe(text, MARKER, { observedAt: AT, tookMs: 3 }, 'openclaw-gateway.service')
        const { host, service, install } = JSON.parse(JSON.stringify(report))
        snapshotSchema.pick({ host: true, service: true, install: true }).parse({ host, service, install })
      }),
    )
  })

  it('of a day that no calendar has are unknown', () => {
    const facts = { process_pid: '7', unit_show: 'ExecMainStartTimestamp=Mon 2026-99-99 08:00:00 UTC' }
    const text = `<<ocm-probe ${MARKER}\n${JSON.stringify({ facts })}\nocm-probe ${MARKER}>>\n`
    const report = parseProbe(text, MARKER, { observedAt: AT, tookMs: 3 }, 'openclaw-gateway.service')
    expect(report?.service.startedAt).toMatchObject({
      freshness: 'unknown',
      reason: { code: 'parse-failed' },
    })
  })
})
