import { fresh } from '../src/base/reading.ts'
import { observe, type SessionHistory } from '../src/monitor/history.ts'
import type { SessionFacts } from '../src/openclaw/snapshot.ts'

export const MINUTE = 60_000
/** How often the monitor looks. */
const LOOK_EVERY = 30_000
const WINDOW = 200_000
const RESERVE = 34_048
/** The provider refuses from here on. */
export const REFUSAL = WINDOW - RESERVE

/** One turn: how long after the one before (ms), and by how much the context grew; a fall is a compaction. */
interface Turn {
  after: number
  growth: number
}

type Random = () => number

/** Turns without an end; the series stops when the context is full. */
type Shape = (random: Random) => Generator<Turn>

const between = (random: Random, low: number, high: number) => low + random() * (high - low)
const exponential = (random: Random, mean: number) => -mean * Math.log(1 - random())

/** Growth per turn recorded from a gateway of 2026.9.6 with long answers: the counters 14,863, 37,964, 63,023, 88,083. */
const RECORDED_STEPS = [23_101, 25_059, 25_060]
/** Small turns with a large one among them: 137 and 24,057 are recorded (14,863 to 15,000 to 39,057), 50 and 12 are chosen. */
const MIXED_STEPS = [137, 50, 12, 24_057]

export const SHAPES: Readonly<Record<string, Shape>> = {
  /** A turn of the same size every two minutes. */
  *linear() {
    for (;;) yield { after: 2 * MINUTE, growth: 1_500 }
  },
  /** Turns at random moments, of sizes that differ by a factor of ten. */
  *noisy(random) {
    for (;;) yield { after: exponential(random, 2 * MINUTE), growth: 500 + exponential(random, 1_200) }
  },
  /** Five to ten quick turns, then ten to twenty-five quiet minutes. */
  *bursty(random) {
    for (;;) {
      yield { after: between(random, 10, 25) * MINUTE, growth: between(random, 1_000, 4_000) }
      for (let turn = Math.floor(between(random, 4, 10)); turn > 0; turn -= 1)
        yield { after: between(random, 15, 60) * 1_000, growth: between(random, 1_000, 4_000) }
    }
  },
  /** Every turn is two per cent larger than the one before. */
  *accelerating(random) {
    for (let size = 700; ; size *= 1.02)
      yield { after: exponential(random, 2 * MINUTE), growth: size * between(random, 0.7, 1.3) }
  },
  /** Work with a pause of up to three quarters of an hour now and then. */
  *pauses(random) {
    for (;;) {
      const pause = random() < 0.08 ? between(random, 15, 45) * MINUTE : 0
      yield { after: pause + exponential(random, 2 * MINUTE), growth: between(random, 1_000, 4_000) }
    }
  },
  /** Two compactions that work, then one that does not come. */
  *sawtooth(random) {
    for (let run = 0; ; run += 1) {
      let used = 30_000
      while (run >= 2 || used < 150_000) {
        const growth = between(random, 1_000, 4_000)
        used += growth
        yield { after: exponential(random, 1.5 * MINUTE), growth }
      }
      yield { after: MINUTE, growth: 30_000 - used }
    }
  },
  /** The recorded large turns, at the pace of a person who reads the answers. */
  *recorded(random) {
    for (let turn = 0; ; turn += 1)
      yield { after: between(random, 4, 20) * MINUTE, growth: RECORDED_STEPS[turn % 3] ?? 0 }
  },
  /** Small turns with a recorded large one now and then. */
  *'recorded-mixed'(random) {
    for (;;)
      yield {
        after: between(random, 0.5, 4) * MINUTE,
        growth: MIXED_STEPS[Math.floor(random() * MIXED_STEPS.length)] ?? 0,
      }
  },
}

/** What the monitor saw of one series, look by look, and when the context was full. */
export interface Series {
  looks: readonly { at: number; used: number; compactions: number }[]
  fullAt: number
}

/** One series of a shape; the same seed gives the same series. */
export function makeSeries(shape: Shape, seed: number): Series {
  const random = mulberry32(seed)
  let used = 30_000
  let compactions = 0
  let at = 0
  const steps = [{ at, used, compactions }]
  for (const { after, growth } of shape(random)) {
    at += after
    used += Math.round(growth)
    if (growth < 0) compactions += 1
    steps.push({ at, used, compactions })
    if (used >= REFUSAL) break
  }
  const looks: { at: number; used: number; compactions: number }[] = []
  let index = 0
  for (let look = 0; look < at; look += LOOK_EVERY) {
    while ((steps[index + 1]?.at ?? Number.POSITIVE_INFINITY) <= look) index += 1
    const step = steps[index]
    if (step) looks.push({ at: look, used: step.used, compactions: step.compactions })
  }
  return { looks, fullAt: at }
}

/** The history as the monitor has it at a moment. */
export function historyAt({ looks }: Series, moment: number): SessionHistory | undefined {
  return looks
    .filter(({ at }) => at <= moment)
    .reduce<SessionHistory | undefined>(
      (history, look) => observe(history, facts(look.used, look.compactions, look.at), look.at),
      undefined,
    )
}

function facts(used: number, compactionCount: number, at: number): SessionFacts {
  const rpc = (value: number) => fresh(value, 'rpc', at)
  return {
    key: 'agent:main:main',
    agentId: 'main',
    sessionId: 's',
    kind: null,
    model: null,
    modelProvider: null,
    lastInteractionAt: null,
    startedAt: null,
    status: null,
    running: null,
    lastRunError: null,
    compactionCount,
    archived: false,
    context: {
      used: rpc(used),
      window: rpc(WINDOW),
      windowFrom: 'session',
      reserve: RESERVE,
      reserveFrom: 'default',
      cap: null,
      headroom: rpc(REFUSAL - used),
      usablePercent: rpc((used / REFUSAL) * 100),
    },
    usage: { inputTokens: null, outputTokens: null, estimatedCostUsd: null },
  }
}

/** A small generator of numbers in [0, 1): enough for test data, and the same on every machine. */
function mulberry32(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
