import { onAbort } from '../base/abort.ts'
import { OperatorError } from '../base/errors.ts'
import type { ApiParts } from './api.ts'
import { type EventStream, streamEvents } from './event-stream.ts'
import { createEventWriter } from './event-writer.ts'
import { type Exchange, runView } from './exchange.ts'
import type { Run } from './runs.ts'

const QUIET_MS = 15_000
/** The last event of a stream; whoever has seen it is told to stay away. */
const END = 'end'

/** Runs as server-sent events (HTML standard, section 9.2). */
export interface Streams {
  /** @throws OperatorError too-many-requests, invalid-input */
  answer(c: Exchange, run: Run): Response
}

type Parts = Pick<ApiParts, 'context' | 'runs' | 'guard' | 'closing' | 'places'>

export function createStreams(parts: Parts): Streams {
  return {
    answer(c, run) {
      const last = c.req.header('last-event-id') ?? '0'
      if (last === END) return c.body(null, 204)
      if (!/^\d{1,9}$/.test(last))
        throw new OperatorError('invalid-input', { field: 'Last-Event-ID', problem: 'bad-format' })
      const leave = parts.places.enter(c.get('actor').id)
      return streamEvents(c, parts.context.log, async (stream) => {
        try {
          await send(parts, c, stream, { id: run.record.id, after: Number(last) })
        } finally {
          leave()
        }
      })
    },
  }
}

/** Sends each step that the reader has not seen, then the end. */
async function send(
  { context, runs, guard, closing }: Parts,
  c: Exchange,
  stream: EventStream,
  { id, after }: { id: string; after: number },
): Promise<void> {
  const actor = c.get('actor')
  const writer = createEventWriter(context.clock, stream)
  let seen = after
  let wake = () => {}
  let changed = false
  const notify = () => {
    changed = true
    wake()
  }
  const stops = [runs.follow(id, notify), onAbort(closing, notify)]
  stream.onAbort(notify)
  try {
    while (!stream.aborted && !closing.aborted && (await guard.renew(actor)) !== null) {
      changed = false
      const run = await runs.get(id, actor)
      const news = run.steps.filter((step) => step.id > seen)
      for (const step of news) {
        if (stream.aborted) return
        await writer.write({ id: String(step.id), name: 'step', data: [JSON.stringify(step)] })
        seen = step.id
      }
      if (news.length > 0) continue
      if (run.record.end !== null) {
        const data = JSON.stringify({ ...runView(run, c), steps: [] })
        return await writer.write({ id: END, name: END, data: [data] })
      }
      const woken = new Promise<void>((resolve) => {
        wake = resolve
        if (changed) resolve()
      })
      const quiet = new AbortController()
      const slept = context.clock.sleep(QUIET_MS, quiet.signal).catch(() => undefined)
      await Promise.race([woken, slept])
      quiet.abort()
      if (!changed) await writer.beat()
    }
  } finally {
    for (const stop of stops) stop()
  }
}
