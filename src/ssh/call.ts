import { onAbort } from '../abort.ts'
import type { Clock } from '../clock.ts'
import type { CallLimits } from '../context.ts'
import { OperatorError } from '../errors.ts'

/** Bytes of stdout and of stderr that a call keeps when its limits do not say. */
const DEFAULT_OUTPUT_BYTES = 1024 * 1024

/**
 * One call in progress: its deadline and its caller's signal as one. `signal` aborts with an OperatorError
 * (`deadline` or `cancelled`) as its reason.
 */
export interface Call {
  readonly node: string
  readonly signal: AbortSignal
  readonly maxOutputBytes: number
  readonly fresh: boolean
  /** Milliseconds since the call began. */
  tookMs(): number
  /** Milliseconds until the deadline. */
  leftMs(): number
  /** Settles like `work`, or rejects at the deadline or abort; a late rejection of `work` is swallowed. */
  race<T>(work: Promise<T>): Promise<T>
  /** Stops the timer. */
  end(): void
}

/** Starts the clock of one call. */
export function startCall(node: string, limits: CallLimits, clock: Clock): Call {
  const startedAt = clock.monotonic()
  const abort = new AbortController()
  const timer = new AbortController()
  const seconds = Math.round(limits.deadlineMs / 100) / 10

  const onCancel = () =>
    abort.abort(new OperatorError('cancelled', { node }, { cause: limits.signal?.reason }))
  if (limits.signal?.aborted) onCancel()
  const unsubscribe = onAbort(limits.signal, onCancel)
  clock.sleep(limits.deadlineMs, timer.signal).then(
    () => abort.abort(new OperatorError('deadline', { node, seconds })),
    () => undefined,
  )

  return {
    node,
    signal: abort.signal,
    maxOutputBytes: limits.maxOutputBytes ?? DEFAULT_OUTPUT_BYTES,
    fresh: limits.fresh ?? false,
    tookMs: () => clock.monotonic() - startedAt,
    leftMs: () => Math.max(0, limits.deadlineMs - (clock.monotonic() - startedAt)),
    race: (work) => raceSignal(work, abort.signal),
    end() {
      // without a reason Node makes an exception with its stack for every call
      timer.abort('over')
      unsubscribe()
    },
  }
}

/** Settles like `work`, or rejects with the signal's reason when that comes first. */
export function raceSignal<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason)
    if (signal.aborted) giveUp()
    work.then(resolve, reject).finally(onAbort(signal, giveUp))
  })
}
