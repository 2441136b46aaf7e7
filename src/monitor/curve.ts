import { z } from 'zod'
import type { SessionFacts } from '../openclaw/snapshot.ts'
import { defineCollection } from '../store/store.ts'
import { SAME_POINTS } from './current-run.ts'
import { observe, type SessionHistory, sessionHistorySchema } from './history.ts'

/**
 * A history with its points in one list of numbers, two for each point: its time, and what was used, or −1 − used where
 * the point is the first one after a cut. A tenth of the memory, and quick to write.
 */
const packedSchema = sessionHistorySchema.omit({ points: true }).extend({ points: z.array(z.number()) })

type Packed = z.infer<typeof packedSchema>
type Frame = Omit<SessionHistory, 'points'>
type Point = SessionHistory['points'][number]

const DAY_MS = 24 * 3_600_000

/** The curves, one session a record, under `node/session key`. */
export const curves = defineCollection({
  name: 'curve',
  schema: packedSchema,
  checked: false,
  // What did not change for so long is a flat line, which the next look draws again.
  keep: { forMs: 30 * DAY_MS, records: 1_000_000 },
})

/** The curve of one session, packed. */
export class Curve {
  /** Replaced when anything but the time of the look changes. */
  #frame: Frame | null
  /** Never changed, only replaced. */
  #points: readonly number[]
  /** What was seen at the last look. */
  #session: SessionFacts | null = null

  constructor(stored?: Packed) {
    if (stored) {
      const { points, ...frame } = stored
      this.#frame = frame
      this.#points = points
    } else {
      this.#frame = null
      this.#points = []
    }
  }

  /** The curve of a history. */
  static of({ points, ...frame }: SessionHistory): Curve {
    return new Curve({ ...frame, points: points.flatMap(packPoint) })
  }

  /** When the session was last looked at, epoch milliseconds; 0 before the first look. */
  get seenAt(): number {
    return this.#frame?.seenAt ?? 0
  }

  /** The same object as long as looks add nothing but their time. */
  get state(): object | undefined {
    return this.#frame ?? undefined
  }

  /**
   * The curve as the rules read it. Undefined before the first look. Its points are unpacked when somebody reads them: held,
   * they take five times as much, and a look at a calm session needs none.
   */
  history(): SessionHistory | undefined {
    if (this.#frame === null) return undefined
    const packed = this.#points
    let unpacked: Point[] | undefined
    const history = {
      ...this.#frame,
      get points() {
        unpacked ??= unpack(packed)
        return unpacked
      },
    }
    return Object.defineProperty(history, SAME_POINTS, { value: packed })
  }

  /** What the store holds of it. Only after the first look. */
  packed(): Packed {
    return { ...(this.#frame as Frame), points: this.#points as number[] }
  }

  /**
   * Takes one look in, with at most `limit` points kept. Returns whether more has changed than the time of the look,
   * which alone is not worth a write.
   */
  observe(session: SessionFacts, at: number, limit: number): boolean {
    // A quick look at a calm node keeps most of its sessions as they were read before.
    if (this.#frame !== null && session === this.#session) {
      this.#frame.seenAt = at
      return false
    }
    this.#session = session
    // What a look adds depends on the last point only, so that the others need not be unpacked.
    const last = unpack(this.#points.slice(-2))
    const before = this.#frame === null ? undefined : { ...this.#frame, points: last }
    const { points, ...frame } = observe(before, session, at)
    const added = before === undefined || points !== last ? points.at(-1) : undefined
    if (added) this.#add(added, limit)
    const changed = added !== undefined || this.#frame === null || differ(this.#frame, frame)
    this.#frame = frame
    return changed
  }

  #add(point: Point, limit: number): void {
    const surplus = this.#points.length / 2 + 1 - Math.floor(limit)
    this.#points = [...this.#points.slice(Math.max(0, surplus) * 2), ...packPoint(point)]
  }
}

function packPoint({ at, used, cut }: Point): [number, number] {
  return [at, cut ? -1 - used : used]
}

function unpack(points: readonly number[]): Point[] {
  const unpacked: Point[] = []
  for (let index = 0; index < points.length; index += 2) {
    const used = points[index + 1] ?? 0
    unpacked.push({ at: points[index] ?? 0, used: used < 0 ? -1 - used : used, cut: used < 0 })
  }
  return unpacked
}

/** Whether anything but the time of the look differs. */
function differ(a: Frame, b: Frame): boolean {
  return (Object.keys(b) as (keyof Frame)[]).some((key) => key !== 'seenAt' && a[key] !== b[key])
}
