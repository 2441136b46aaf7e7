import { type Joined, joined, StoppedBy } from '../base/abort.ts'
import type { RunningWork } from './command.ts'

/** Work in progress that its owner may stop by a button. */
export function createRunningWork(): RunningWork {
  const running = new Map<string, { ownerId: string; controller: AbortController; over: Joined }>()
  return {
    start(id, ownerId, parent) {
      const controller = new AbortController()
      const over = joined(controller.signal, parent)
      running.set(id, { ownerId, controller, over })
      return over.signal
    },
    stop(id, who) {
      const work = running.get(id)
      if (work?.ownerId !== who.id) return false
      work.controller.abort(new StoppedBy(who.name))
      return true
    },
    end(id) {
      running.get(id)?.over.leave()
      running.delete(id)
    },
  }
}
