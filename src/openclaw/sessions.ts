import type { Reading, ReadingSource, Reason } from '../base/reading.ts'
import { fresh, stale, unknown } from '../base/reading.ts'
import { compactsFrom } from './compaction.ts'
import type { SessionRow } from './session-rows.ts'
import type { ContextFacts } from './snapshot.ts'

/** The window that OpenClaw assumes when it knows nothing about a model. */
export const ASSUMED_WINDOW = 200_000

/**
 * What a turn asks for beyond its prompt when the model's limit is not known: 32,000 of output and the thinking
 * budget of level low, as measured on the wire of 2026.9.6.
 */
export const DEFAULT_RESERVE = 34_048

const OUTPUT_TOKENS = 32_000

/** Tokens that OpenClaw adds to max_tokens per thinking level (measured on 2026.9.6; minimal is from its code). */
const THINKING_BUDGETS: Readonly<Record<string, number>> = {
  off: 0,
  none: 0,
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
}
const HIGHEST_BUDGET = 16_384

/** What is known of a model. All counts are tokens. */
export interface ModelLimits {
  /** The provider's own window, never a cap. */
  window: number | null
  /** The most that the model puts out in one answer. */
  maxTokens: number | null
  /** The wire format, for example `anthropic-messages` or `openai-completions`. */
  api: string | null
}

/** Overrides by the operator; keys are `provider/model` or the model's id alone. */
export interface ContextSettings {
  defaultReserve: number
  models: Readonly<Record<string, { reserveTokens?: number; windowTokens?: number }>>
}

/** No overrides. */
export const DEFAULT_CONTEXT_SETTINGS: ContextSettings = { defaultReserve: DEFAULT_RESERVE, models: {} }

/** What the arithmetic knows besides the session's own row. */
export interface ContextSources {
  /** By `provider/model`. */
  models: ReadonlyMap<string, ModelLimits>
  /** The window that the configuration or the gateway's defaults name for sessions that name none. */
  defaultWindow: number | null
  settings: ContextSettings
  /** The `reserveTokensFloor` of the configuration, where the version heeds it. */
  compactionFloor?: number | null
  /** The configured level of thinking for sessions that name none. */
  thinkingDefault?: string | null
  /** The gateway's protocol; 3 (2026.2) limits the output to 32,000 for every wire format. */
  protocol: 3 | 4 | null
  source: ReadingSource
  /** Epoch milliseconds. */
  observedAt: number
  /** Set when the rows come from a store whose gateway is down: then nothing in them is fresh. */
  offline?: Reason
}

/**
 * How full a session is. A provider refuses a turn when prompt + max_tokens exceeds its window, long before the
 * prompt alone does: with 200,000 and a reserve of 34,048 from 165,952 on.
 */
export function contextFacts(row: SessionRow, sources: ContextSources): ContextFacts {
  const limits = findModel(sources.models, row)
  const setting = findSetting(sources.settings, row)
  const { window, windowFrom } = chooseWindow(row, limits, setting?.windowTokens, sources)
  const { reserve, reserveFrom } = chooseReserve(row, limits, setting?.reserveTokens, window, sources)
  const used = readUsed(row, window, sources)
  const windowReading: Reading<number> =
    windowFrom === 'default'
      ? stale(window, sources.source, sources.observedAt, { code: 'window-assumed' })
      : fresh(window, windowFrom === 'config' ? 'registry' : sources.source, sources.observedAt)
  const derive = (compute: (tokens: number) => number): Reading<number> => {
    if (used.freshness !== 'fresh' || windowReading.freshness !== 'stale')
      return used.freshness === 'unknown' ? used : { ...used, value: compute(used.value) }
    return stale(compute(used.value), used.source, used.observedAt, windowReading.reason)
  }
  return {
    used,
    window: windowReading,
    windowFrom,
    reserve,
    reserveFrom,
    cap: chooseCap(row, window, sources),
    headroom: derive((tokens) => window - reserve - tokens),
    usablePercent: derive((tokens) => (tokens / Math.max(1, window - reserve)) * 100),
  }
}

/**
 * `totalTokens` is the prompt of the last model call and the only number that means context. Each way in which it
 * has been seen to lie makes it stale or unknown:
 * - null, absent, or 0 although a turn has run: the provider reports no usage, or the session was migrated;
 * - `totalTokensFresh` false (an outage, a compaction that could not count) or absent (an old store);
 * - equal to the window: a sum over all calls of a run, clamped;
 * - above the window: the same sum, not clamped. No provider accepts such a prompt;
 * - no usage beside it: the estimate after a compaction counts the history only, some 13,000 tokens too few.
 */
function readUsed(row: SessionRow, window: number, sources: ContextSources): Reading<number> {
  const { source, observedAt } = sources
  const total = row.totalTokens
  const compacted = (row.compactionCount ?? 0) > 0
  if (total === null || total < 0) {
    return unknown({ code: compacted ? 'counter-after-compaction' : 'counter-missing' }, observedAt, source)
  }
  if (total === 0 && (row.totalTokensFresh !== true || (row.outputTokens ?? 0) > 0)) {
    return unknown({ code: 'counter-missing' }, observedAt, source)
  }
  const doubt = doubtAbout(row, total, window, compacted) ?? sources.offline ?? null
  return doubt === null ? fresh(total, source, observedAt) : stale(total, source, observedAt, doubt)
}

function doubtAbout(row: SessionRow, total: number, window: number, compacted: boolean): Reason | null {
  if (row.totalTokensFresh !== true) {
    return { code: compacted ? 'counter-after-compaction' : 'counter-stale' }
  }
  if (total === window || total === row.contextTokens) return { code: 'counter-equals-window' }
  if (total > window) return { code: 'counter-is-input' }
  if (total > 0 && row.inputTokens === null && row.outputTokens === null) {
    return { code: 'counter-after-compaction' }
  }
  return null
}

/**
 * The provider's window. The row's `contextTokens` is the smaller of that and a cap in the configuration (or 200,000
 * when OpenClaw knows nothing), so a larger window of the model wins over it; a larger one of the row (a long-context
 * option of the agent) stands.
 */
function chooseWindow(
  row: SessionRow,
  limits: ModelLimits | null,
  setting: number | undefined,
  sources: ContextSources,
): { window: number; windowFrom: ContextFacts['windowFrom'] } {
  if (setting !== undefined) return { window: setting, windowFrom: 'config' }
  const ofRow = positive(row.contextTokens)
  const ofModel = positive(limits?.window ?? null)
  if (ofModel !== null && (ofRow === null || ofModel > ofRow)) return { window: ofModel, windowFrom: 'model' }
  if (ofRow !== null) return { window: ofRow, windowFrom: 'session' }
  const ofDefaults = positive(sources.defaultWindow)
  if (ofDefaults !== null) return { window: ofDefaults, windowFrom: 'config' }
  return { window: ASSUMED_WINDOW, windowFrom: 'default' }
}

/**
 * What the next request asks for on top of its prompt: the model's output limit, held to 32,000 and the thinking
 * budget. OpenAI-style requests of 2026.9.6 carry the model's limit as it is.
 */
function chooseReserve(
  row: SessionRow,
  limits: ModelLimits | null,
  setting: number | undefined,
  window: number,
  sources: ContextSources,
): { reserve: number; reserveFrom: ContextFacts['reserveFrom'] } {
  if (setting !== undefined) return { reserve: setting, reserveFrom: 'setting' }
  const level = (row.thinkingLevel ?? sources.thinkingDefault)?.toLowerCase() ?? null
  const budget = level === null ? null : (THINKING_BUDGETS[level] ?? HIGHEST_BUDGET)
  const maxTokens = positive(limits?.maxTokens ?? null)
  if (maxTokens === null) {
    const reserve = Math.max(sources.settings.defaultReserve, OUTPUT_TOKENS + (budget ?? 0))
    return { reserve: fitReserve(reserve, window), reserveFrom: 'default' }
  }
  const openAi = limits?.api?.startsWith('openai') === true
  const bound = openAi ? openAiBound(sources.protocol) : OUTPUT_TOKENS + (budget ?? THINKING_BUDGETS.low ?? 0)
  return { reserve: fitReserve(Math.min(maxTokens, bound), window), reserveFrom: 'model' }
}

/**
 * OpenClaw compacts by the smaller of the window and a cap, which is what the row's `contextTokens` holds, and before
 * 2026.5.12 by a larger reserve of the configuration.
 */
function chooseCap(row: SessionRow, window: number, sources: ContextSources): number | null {
  const believed = Math.min(positive(row.contextTokens) ?? window, window)
  const point = compactsFrom(believed, positive(sources.compactionFloor ?? null) ?? 0)
  return point > 0 && point < compactsFrom(window) ? point : null
}

function openAiBound(protocol: 3 | 4 | null): number {
  return protocol === 3 ? OUTPUT_TOKENS : Number.POSITIVE_INFINITY
}

/** A reserve that would take most of a small window cannot be what is sent; OpenClaw then keeps a quarter. */
function fitReserve(reserve: number, window: number): number {
  return reserve > window / 2 ? Math.floor(window / 4) : reserve
}

function findModel(models: ReadonlyMap<string, ModelLimits>, row: SessionRow): ModelLimits | null {
  if (row.model === null) return null
  if (row.modelProvider !== null) return models.get(`${row.modelProvider}/${row.model}`) ?? null
  if (models.has(row.model)) return models.get(row.model) ?? null
  const named = [...models].filter(([key]) => key.slice(key.indexOf('/') + 1) === row.model)
  return named.length === 1 ? (named[0]?.[1] ?? null) : null
}

function findSetting(settings: ContextSettings, row: SessionRow) {
  if (row.model === null) return undefined
  const full = row.modelProvider === null ? undefined : settings.models[`${row.modelProvider}/${row.model}`]
  return full ?? settings.models[row.model]
}

function positive(value: number | null): number | null {
  return value !== null && Number.isFinite(value) && value > 0 ? value : null
}
