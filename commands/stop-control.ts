import { z } from 'zod'
import { defineControl } from '../src/discord/command.ts'
import { noteView } from '../src/discord/views/error.ts'
import type { PlainKey } from '../src/text/params.ts'

/** The button that stops a run of one's own; `stopping` is what that means for it. */
export function stopControl(stopping: PlainKey) {
  return defineControl({
    answer: 'private',
    args: z.tuple([z.string()]),
    async press(call, [runId]) {
      const { ink } = call.readerNow()
      const stopped = call.running.stop(runId, call.actor)
      await call.answer.finish(noteView(`⏹️ ${ink.t(stopped ? stopping : 'run.not-running')}`))
    },
  })
}
