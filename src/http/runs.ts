import { createHash } from 'node:crypto'
import { joined, StoppedBy } from '../base/abort.ts'
import { OperatorError } from '../base/errors.ts'
import { type Actor, mayUseFleet } from '../operations/access.ts'
import type { Context } from '../operations/context.ts'
import type { OperationName } from '../operations/index.ts'
import type { Report } from '../operations/operation.ts'
import type { RunOptions } from '../operations/run-operation.ts'
import { endingOf } from '../presenters/ending.ts'
import type { Store } from '../store/store.ts'
import { type AnyOperation, offered } from './offered.ts'
import { type RunEnd, type RunRecord, runRecords } from './run-records.ts'

/** Steps of a run that are kept for readers; of more, the oldest go. */
const MOST_STEPS = 500
/** Ended runs whose steps are kept in memory. */
const MOST_REMEMBERED = 200
/** How long runs get to end when the program does; what goes on after that has no end, and is told as unknown. */
const GRACE_MS = 10_000

/** A step of a run; ids begin with 1 and grow by one. */
export interface RunStep {
  id: number
  /** Epoch milliseconds. */
  at: number
  step: unknown
}

/** A run as it stands. */
export interface Run {
  record: RunRecord
  steps: RunStep[]
  /** Has it begin nothing more; null where nobody can reach it any more. */
  brake: AbortController | null
}

/** What begins a run, with the options that every run gets. */
type Work = (
  options: Required<Pick<RunOptions<unknown>, 'signal' | 'onWork' | 'onProgress'>>,
) => Promise<Report<unknown>>

/** Runs that were begun through this face, also those of a former process. */
export interface Runs {
  /**
   * Begins one, and returns once it is certain to be done: allowed, alone on its node, its plan unchanged. A repetition
   * under the same key begins nothing and returns the first.
   * @throws OperatorError what stood against it; key-reused; shutting-down
   */
  begin(
    actor: Actor,
    operation: AnyOperation,
    asked: { key: string | null; body: unknown },
    work: Work,
  ): Promise<{ run: Run; repeated: boolean }>
  /** @throws OperatorError unknown-run, also for a run that the actor may not see */
  get(id: string, actor: Actor): Promise<Run>
  /**
   * Has one begin nothing more; of one that is over it changes nothing.
   * @throws OperatorError unknown-run as {@link get}; run-goes-on where it cannot be stopped
   */
  stop(id: string, actor: Actor): Promise<Run>
  /** Calls back after each event of a run. Returns the unsubscribe. */
  follow(id: string, listener: () => void): () => void
  /** Tells what goes on to end, and waits for it a while. */
  close(): Promise<void>
}

/** The runs of a store. One process has them at a time: what another one left without an end was cut off. */
export function createRuns(options: { store: Store; context: Pick<Context, 'clock' | 'log'> }): Runs {
  const { store, context } = options
  const { clock, log } = context
  const remembered = new Map<string, Run>()
  const listeners = new Map<string, Set<() => void>>()
  const going = new Set<Promise<unknown>>()
  const starting = new Map<string, Promise<unknown>>()
  const ending = new AbortController()

  const tell = (id: string) => {
    for (const listener of listeners.get(id) ?? []) listener()
  }

  function remember(run: Run): void {
    remembered.set(run.record.id, run)
    for (const [id, { record }] of remembered) {
      if (remembered.size <= MOST_REMEMBERED) return
      if (record.end !== null) remembered.delete(id)
    }
  }

  async function finish(run: Run, end: RunEnd): Promise<void> {
    const record = { ...run.record, end }
    try {
      await store.put(runRecords, record.id, record)
    } catch (error) {
      log.error({ err: error, operationId: record.id }, 'the end of a run could not be written down')
    }
    run.record = record
    tell(record.id)
  }

  /** Resolves with the run when it begins, rejects with what kept it from beginning. */
  function start(record: Omit<RunRecord, 'id'>, work: Work): Promise<Run> {
    return new Promise((resolve, reject) => {
      let run: Run | null = null
      const brake = new AbortController()
      const over = joined(ending.signal, brake.signal)
      const startedAt = clock.monotonic()
      const durationMs = () => Math.round(clock.monotonic() - startedAt)
      const done = work({
        signal: over.signal,
        async onWork(id) {
          await store.put(runRecords, id, { ...record, id })
          run = { record: { ...record, id }, steps: [], brake }
          remember(run)
          resolve(run)
        },
        onProgress(step) {
          if (run === null) return
          run.steps.push({ id: (run.steps.at(-1)?.id ?? 0) + 1, at: clock.now(), step })
          if (run.steps.length > MOST_STEPS) run.steps.shift()
          tell(run.record.id)
        },
      }).then(
        ({ outcome, data }) => run && finish(run, { outcome, data, durationMs: durationMs(), error: null }),
        (error: unknown) => (run ? finish(run, failed(error, durationMs())) : reject(error)),
      )
      going.add(done)
      void done.finally(() => {
        going.delete(done)
        over.leave()
      })
    })
  }

  async function beginNew(
    record: Omit<RunRecord, 'id'>,
    work: Work,
  ): Promise<{ run: Run; repeated: boolean }> {
    if (record.key === null) return { run: await start(record, work), repeated: false }
    const [known] = await store.list(runRecords, { index: { name: 'key', value: record.key }, limit: 1 })
    if (!known) return { run: await start(record, work), repeated: false }
    if (known.value.digest !== record.digest) throw new OperatorError('key-reused')
    return { run: remembered.get(known.key) ?? former(known.value), repeated: true }
  }

  async function get(id: string, actor: Actor): Promise<Run> {
    const record = remembered.get(id)?.record ?? (await store.get(runRecords, id))
    const visible = record && (record.ownerId === actor.id || mayUseFleet(actor, 'admin'))
    if (!visible) throw new OperatorError('unknown-run', { run: id.slice(0, 64) })
    return remembered.get(id) ?? former(record)
  }

  return {
    get,
    async begin(actor, operation, { key, body }, work) {
      if (ending.signal.aborted) throw new OperatorError('shutting-down')
      const record = {
        operation: operation.name,
        ownerId: actor.id,
        key: key === null ? null : `${actor.id} ${key}`,
        digest: createHash('sha256')
          .update(JSON.stringify([operation.name, body]))
          .digest('hex'),
        startedAt: clock.now(),
        end: null,
      }
      if (record.key === null) return beginNew(record, work)
      // Two requests at once under one key: the second finds what the first has begun.
      const { key: own } = record
      const before = starting.get(own) ?? Promise.resolve()
      const begun = before.catch(() => undefined).then(() => beginNew(record, work))
      starting.set(own, begun)
      try {
        return await begun
      } finally {
        if (starting.get(own) === begun) starting.delete(own)
      }
    },
    async stop(id, actor) {
      const run = await get(id, actor)
      const { record, brake } = run
      if (record.end !== null || brake === null) return run
      if (!offered.get(record.operation as OperationName)?.stops) throw new OperatorError('run-goes-on')
      brake.abort(new StoppedBy(actor.name))
      tell(id)
      return run
    },
    follow(id, listener) {
      const all = listeners.get(id) ?? new Set()
      listeners.set(id, all.add(listener))
      return () => {
        all.delete(listener)
        if (all.size === 0) listeners.delete(id)
      }
    },
    async close() {
      ending.abort()
      const grace = new AbortController()
      const over = clock.sleep(GRACE_MS, grace.signal).catch(() => undefined)
      await Promise.race([Promise.allSettled(going), over])
      grace.abort()
    },
  }
}

function failed(error: unknown, durationMs: number): RunEnd {
  const known = error instanceof OperatorError ? error : new OperatorError('internal', {}, { cause: error })
  const { code, params, detail = null } = known
  return { outcome: endingOf(known), durationMs, data: null, error: { code, params, detail } }
}

/** A run that only the store knows. One without an end was cut off with its process: nobody knows how it ended. */
function former(record: RunRecord): Run {
  const error = { code: 'run-interrupted', params: {}, detail: null } as const
  const end = record.end ?? { outcome: 'unknown', durationMs: 0, data: null, error }
  return { record: { ...record, end }, steps: [], brake: null }
}
