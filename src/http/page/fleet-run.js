/** A run on many nodes that goes on: how many are over, and every node that its plan names. */
import { h } from './dom.js'

const OPEN = new Set(['waiting', 'running'])

/**
 * @param {{key: string, text: string, state?: string}[]} steps the last of each node
 * @param {{id: string}[]} nodes those of the plan, in their order
 */
export function fleetRunView(steps, nodes, words) {
  const told = new Map(steps.map((step) => [step.key, step]))
  const rows = nodes.map(
    ({ id }) =>
      told.get(`node ${id}`) ?? { text: `${id} · ${words.t('fleet.state.waiting')}`, state: 'waiting' },
  )
  const ended = rows.filter(({ state }) => !OPEN.has(state)).length
  const share = words.t('fleet.progress', { ended, total: rows.length })
  return [
    h('p', {}, share, ' ', h('progress', { value: ended, max: rows.length, 'aria-label': share })),
    h(
      'ol',
      { class: 'steps' },
      rows.map(({ text, state }) => h('li', { 'data-state': state }, text)),
    ),
  ]
}
