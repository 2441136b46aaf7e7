/** Stops a run on the way: it begins nothing more. What becomes of what has begun, its operation says. */
import { Refused } from './api.js'
import { button } from './dom.js'
import { OPERATIONS } from './operations.js'

/** The button that stops a run; null where it cannot be stopped, or was told so. */
export function brakeOf({ words, api, runs }, run) {
  if (run.ended || run.view.stopping || OPERATIONS[run.view.operation]?.stopping === undefined) return null
  const stop = async () => {
    try {
      await api.stop(run.id)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      run.notStopped = error
    }
    runs.news(run.id)
  }
  return button(words.t('page.stop'), () => void stop(), { 'data-act': 'stop' })
}
