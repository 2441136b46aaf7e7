/** Runs that were begun here, each followed until its end, also while no dialog shows it. */
import { Refused } from './api.js'

const LOOK_EVERY_MS = 2_000

/**
 * @param {{api: ReturnType<typeof import('./api.js').createApi>}} parts
 */
export function createRuns({ api }) {
  const runs = new Map()
  const listeners = new Set()
  const tell = () => {
    for (const listener of listeners) listener()
  }

  async function look(run) {
    if (run.looking || run.ended) return
    run.looking = true
    try {
      run.view = await api.run(run.id)
      run.silent = false
      run.ended = run.view.state === 'ended'
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      // Silence says nothing of the run; that it is not there any more does.
      run.silent = error.status === 0
      if (error.status === 404 || error.status === 401) {
        run.refused = error
        run.ended = true
      }
    } finally {
      run.looking = false
    }
    tell()
    if (!run.ended) setTimeout(() => look(run), LOOK_EVERY_MS)
  }

  return {
    /** Follows a run that has begun. @param {string} title what it does, in words */
    follow(view, title) {
      const run = {
        id: view.operationId,
        title,
        view,
        ended: false,
        silent: false,
        looking: false,
        refused: null,
      }
      runs.set(run.id, run)
      tell()
      void look(run)
      return run
    },
    /** Looks at one at once, or at all that go on. */
    news(id) {
      for (const run of runs.values()) if (id === undefined || run.id === id) void look(run)
    },
    /** Takes one that has ended from the list. */
    forget(id) {
      runs.delete(id)
      tell()
    },
    all: () => [...runs.values()],
    /** Calls back after each change. Returns the unsubscribe. */
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** How a run stands: `running`, or how it ended. What nobody can tell any more is unknown. */
export function standing(run) {
  if (run.refused) return 'unknown'
  return run.ended ? run.view.outcome : 'running'
}
