/** One node in the list of the fleet: an element that is updated only when its row is different. */

import { nodeAddress } from './address.js'
import { openAct } from './dialog.js'
import { button, curve, fill, h, meter, setAttr } from './dom.js'
import { percentsOf } from './model.js'
import { ageView, readingView } from './readings.js'
import { may } from './rights.js'
import { sign } from './told.js'

const STATE_SIGNS = { serving: '✓', 'not-serving': '◐', 'service-down': '✕', unreachable: '⌀', unknown: '?' }

/** @returns {{element: HTMLElement, update(entry: {row: object, curve: unknown[]}): void}} */
export function createRow(app) {
  const element = h('div', { class: 'row', role: 'row' })
  let shown = null
  return {
    element,
    update(entry) {
      if (entry === shown) return
      shown = entry
      setAttr(element, 'data-id', entry.row.id)
      setAttr(element, 'data-state', shownState(entry.row))
      fill(element, cells(entry, app))
    },
  }
}

/** What a row is to its reader: a node in maintenance is not wrong, whatever it answers. */
export function shownState(row) {
  return row.recordState === 'active' ? row.state : row.recordState
}

function cell(name, label, ...children) {
  return h('div', { class: `cell ${name}`, role: 'cell', 'data-label': label }, ...children)
}

function cells({ row, curve: points }, app) {
  const { words } = app
  const why = row.reason?.code ?? null
  const read = (reading, render) => readingView(reading, render, app, why)
  return [
    cell(
      'who',
      null,
      h('a', { href: nodeAddress(row.id) }, row.name),
      row.name === row.id ? null : h('small', {}, row.id),
      row.tags.length > 0 && h('small', { class: 'tags' }, row.tags.map((tag) => `#${tag}`).join(' ')),
    ),
    cell('state', null, stateView(row, words)),
    cell(
      'context',
      words.t('page.column.context'),
      read(row.fullest, (fullest) =>
        fullest === null ? words.t('value.no-sessions') : contextView(fullest, row, points, words),
      ),
    ),
    cell(
      'agents',
      words.t('page.column.agents'),
      read(row.agents, (count) => words.number(count)),
    ),
    cell(
      'version',
      words.t('page.column.version'),
      read(row.version, (version) => version),
    ),
    cell(
      'backup',
      words.t('page.column.backup'),
      read(row.backupAt, (at) => (at === null ? words.t('page.no-backup') : ageView(at, app))),
    ),
    cell(
      'seen',
      words.t('page.column.seen'),
      row.observedAt === null ? words.t('list.never') : ageView(row.observedAt, app),
    ),
    cell('acts', null, actView(row, app)),
  ]
}

/** The state with its sign, and what is wrong that no figure shows. */
export function stateView(row, words) {
  const state = shownState(row)
  const text = row.recordState === 'active' ? words.t(`state.${state}`) : words.t(`record.${state}`)
  const [anomaly] = row.anomalies
  const why = row.reason
    ? words.reason(row.reason)
    : anomaly && anomaly.severity !== 'notice'
      ? words.coded(`condition.${anomaly.code}`, anomaly.params)
      : null
  return [
    h('span', { class: 'state-word' }, sign(STATE_SIGNS[state] ?? '‖'), text),
    row.stateReason && h('small', { class: 'remote' }, row.stateReason),
    why && h('small', {}, why),
  ]
}

function contextView({ usablePercent, agentId, sessionKey }, row, points, words) {
  const text = words.percent(usablePercent)
  const percents = percentsOf(points)
  return [
    meter({ percent: usablePercent, level: row.levels.context, label: `${agentId} ${sessionKey}`, text }),
    curve(
      percents,
      words.t('page.curve', {
        count: percents.length,
        from: Math.round(percents[0] ?? 0),
        to: Math.round(usablePercent),
      }),
    ),
  ]
}

/** The one act that a row is likely to need; everything else is on the page of the node. */
function actView(row, app) {
  const { words, me } = app
  const about = { input: { node: row.id }, subject: row.name }
  const stopped = row.state === 'service-down' || row.state === 'not-serving'
  if (row.recordState === 'retired') return null
  if (stopped && may(me, 'restart-node', row))
    return button(words.t('button.restart'), () => openAct(app, 'restart-node', about))
  const full = row.fullest.value
  if (
    full &&
    (row.levels.context === 'critical' || row.levels.context === 'warning') &&
    may(me, 'compact-session', row)
  )
    return button(words.t('button.compact'), () =>
      openAct(app, 'compact-session', {
        input: { node: row.id, session: full.sessionKey },
        subject: `${full.agentId} · ${row.name}`,
      }),
    )
  if (
    row.backupAt.freshness === 'fresh' &&
    row.backupAt.value === null &&
    row.state === 'serving' &&
    may(me, 'backup-node', row)
  )
    return button(words.t('page.back-up'), () => openAct(app, 'backup-node', about), { class: 'quiet' })
  return null
}
