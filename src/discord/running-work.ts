import type { RunningWork } from './command.ts'

/** Work in progress that its owner may stop by a button. */
export function createRunningWork(): RunningWork {
  const running = new Map<string, { ownerId: string; controller: AbortController }>()
  return {
    start(id, ownerId, parent) {
      const controller = new AbortController()
      running.set(id, { ownerId, controller })
      return AbortSignal.any([controller.signal, parent])
    },
    stop(id, ownerId) {
      const work = running.get(id)
      if (work?.ownerId !== ownerId) return false
      work.controller.abort()
      return true
    },
    end: (id) => void running.delete(id),
  }
}
