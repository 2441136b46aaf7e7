import { plainEvidence, type Seen } from './evidence.ts'
import { type Fault, faultOf } from './fault.ts'
import { sweep } from './footprint.ts'
import type { AdditionsPort, RunRecord, StepRecord } from './run-record.ts'
import { type Bench, STEP_NAMES, type Step, type StepName } from './step.ts'
import { takeBackKey } from './steps/credentials.ts'
import { removeLinger, takeBackService } from './steps/service.ts'

/** What a run tells as it goes. */
export interface Witness {
  /** A step is looked at, acts, or has ended. */
  told(step: StepRecord, phase: 'checking' | 'acting' | 'ended'): void
}

const EVIDENCE = 1_000
const DETAIL = 4_000

/**
 * Runs the steps one after the other until one fails. What is satisfied is not done again, so that a run that was cut
 * goes on where it was, and a node that runs already is only looked at. Everything is in the journal before it is begun.
 * @returns the record as it stands at the end; `state` is `done` or `stopped`
 */
export async function runSteps(
  steps: readonly Step[],
  bench: Bench,
  begun: RunRecord,
  { additions, witness }: { additions: AdditionsPort; witness: Witness },
): Promise<RunRecord> {
  let run: RunRecord = { ...begun, state: 'running', steps: [], fault: null }
  const keep = async (change: Partial<RunRecord>) => {
    run = { ...run, made: [...new Set(bench.made)], before: bench.before, ...change }
    await additions.put(run)
  }
  await keep({})
  for (const step of steps) {
    const startedAt = bench.clock.monotonic()
    const record = (state: StepRecord['state'], seen: Seen[] = []): StepRecord => ({
      name: step.name,
      state,
      evidence: plainEvidence(seen).slice(0, EVIDENCE),
      seen,
      tookMs: Math.max(0, Math.round(bench.clock.monotonic() - startedAt)),
    })
    const ended = async (last: StepRecord, change: Partial<RunRecord> = {}) => {
      await keep({ steps: [...withoutLast(run.steps, step.name), last], ...change })
      witness.told(last, 'ended')
    }
    try {
      bench.signal.throwIfAborted()
      witness.told(record('acting'), 'checking')
      const found = await step.check(bench)
      if (found.state !== 'missing') {
        await ended(record(found.state, found.seen))
        continue
      }
      const acting = record('acting')
      await keep({ steps: [...run.steps, acting], acted: [...new Set([...run.acted, step.name])] })
      witness.told(acting, 'acting')
      await step.act(bench)
      await ended(record('done', await step.verify(bench)))
    } catch (error) {
      const { code, detail } = faultOf(error, bench.signal.aborted)
      const fault = {
        code,
        step: step.name,
        detail: detail === null ? null : bench.clean(detail).slice(0, DETAIL),
      }
      await ended(record('failed'), { state: 'stopped', fault })
      return run
    }
  }
  await keep({ state: 'done' })
  return run
}

function withoutLast(steps: readonly StepRecord[], name: StepName): StepRecord[] {
  return steps.filter((step) => step.name !== name)
}

/** How an undo ended. */
export interface Undone {
  /** Paths that are still there; empty when the machine is as it was. */
  left: string[]
  fault: { code: Fault['code']; detail: string | null } | null
}

/**
 * Takes back what a run changed on the machine, the last first. What was there before the run stays. Safe to repeat.
 * @param taken called with each step whose effect is gone
 */
export async function undoSteps(
  bench: Bench,
  { acted, before, made }: Pick<RunRecord, 'acted' | 'before' | 'made'>,
  taken: (step: StepName) => void,
): Promise<Undone> {
  const did = (step: StepName) => acted.includes(step)
  if (before === null || acted.length === 0) return { left: [], fault: null }
  try {
    await takeBackService(bench, before, { enabled: did('service'), started: did('start') })
    if (did('service')) taken('service')
    if (did('linger')) {
      await removeLinger(bench)
      taken('linger')
    }
    if (did('credentials')) await takeBackKey(bench, before)
    const left = await sweep(bench.machine, before, made)
    if (left.length > 0) return { left, fault: { code: 'write-failed', detail: left.join(' ') } }
    for (const step of [...STEP_NAMES].reverse())
      if (did(step) && !['service', 'linger', 'registry', 'first-backup'].includes(step)) taken(step)
    return { left: [], fault: null }
  } catch (error) {
    const { code, detail } = faultOf(error, bench.signal.aborted)
    return {
      left: [],
      fault: { code, detail: detail === null ? null : bench.clean(detail).slice(0, DETAIL) },
    }
  }
}
