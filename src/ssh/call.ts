import { onAbort } from '../base/abort.ts'

import { OperatorError } from '../base/errors.ts'
import type { Deadlines } from './deadlines.ts'

/** Bounds of one remote call. Every call has a deadline; there is no default of "for ever". */
export interface CallLimits {
  /** Milliseconds for connect + channel + work together. */
  deadlineMs: number
  signal?: AbortSignal
  /** Bytes of stdout (and of stderr) that are kept; more ends the call with output-limit. */
  maxOutputBytes?: number
  /**
   * A person waits for this very answer: try a node again even if it was dead a moment ago. A snapshot reads what is
   * slow to ask (the version of Node.js, whether logind keeps the user) only then, or where it is known at no cost.
   */
  fresh?: boolean
}

/** Bytes of stdout and of stderr that a call keeps when its limits do not say. */
const DEFAULT_OUTPUT_BYTES = 1024 * 1024

/**
 * One call in progress: its deadline and its caller's signal as one. It ends early with an OperatorError, `deadline` or
 * `cancelled`, of which `signal` and `onGivenUp` tell.
 */
export interface Call {
  readonly node: string
  /** Aborts with the error as its reason. Made when first asked for: the quick calls through a held shell do not. */
  readonly signal: AbortSignal
  readonly maxOutputBytes: number
  readonly fresh: boolean
  /** Why the call ended early, or null. */
  givenUp(): OperatorError | null
  /** Calls back once, at once when the call has been given up. Returns the unsubscribe. */
  onGivenUp(listener: (error: OperatorError) => void): () => void
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
export function startCall(node: string, limits: CallLimits, deadlines: Deadlines): Call {
  const { clock } = deadlines
  const startedAt = clock.monotonic()
  const listeners = new Set<(error: OperatorError) => void>()
  let givenUp: OperatorError | null = null
  let abort: AbortController | null = null

  const giveUp = (error: OperatorError) => {
    if (givenUp !== null) return
    givenUp = error
    end()
    abort?.abort(error)
    for (const listener of [...listeners]) listener(error)
    listeners.clear()
  }
  const onCancel = () => giveUp(new OperatorError('cancelled', { node }, { cause: limits.signal?.reason }))
  const unsubscribe = onAbort(limits.signal, onCancel)
  const removeDeadline = deadlines.add(limits.deadlineMs, () => {
    giveUp(new OperatorError('deadline', { node, seconds: Math.round(limits.deadlineMs / 100) / 10 }))
  })
  const end = () => {
    removeDeadline()
    unsubscribe()
  }
  if (limits.signal?.aborted) onCancel()

  const onGivenUp: Call['onGivenUp'] = (listener) => {
    if (givenUp !== null) {
      listener(givenUp)
      return () => undefined
    }
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  return {
    node,
    get signal() {
      if (abort === null) {
        abort = new AbortController()
        if (givenUp !== null) abort.abort(givenUp)
      }
      return abort.signal
    },
    maxOutputBytes: limits.maxOutputBytes ?? DEFAULT_OUTPUT_BYTES,
    fresh: limits.fresh ?? false,
    givenUp: () => givenUp,
    onGivenUp,
    tookMs: () => clock.monotonic() - startedAt,
    leftMs: () => Math.max(0, limits.deadlineMs - (clock.monotonic() - startedAt)),
    race: (work) =>
      new Promise((resolve, reject) => {
        const stop = onGivenUp(reject)
        work.then(resolve, reject).finally(stop)
      }),
    end,
  }
}
